/* Measures the steps of loops written by hand in C.

   gcc -O3 -march=native -fno-math-errno -fopenmp step.c -o step -lm
   ./step [--methods adamw,sgd,momentum,adagrad] [--sizes 4Ki,1Mi] [--threads 1] [--tensors 1] [--format json]

   -fno-math-errno is not fast-math: no result changes. sqrtf only stops reporting through errno, which would prevent
   vectorization of the loops with a root. */

#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef _OPENMP
#error "compile with -fopenmp; without it --threads 2 has no effect"
#endif

enum { SAMPLES = 5 };
static const double SAMPLE_SECONDS = 0.02;

static const float lr = 1e-3f, mu = 0.9f, b1 = 0.9f, b2 = 0.999f, eps = 1e-8f, wd = 0.01f;

/* A step over a range of parameters; c1 and c2 are the bias corrections of this step. */
typedef void Step(size_t n, float *restrict x, float *restrict m, float *restrict v, const float *restrict g,
                  float c1, float c2);

static void sgd(size_t n, float *restrict x, float *restrict m, float *restrict v, const float *restrict g,
                float c1, float c2) {
    (void)m, (void)v, (void)c1, (void)c2;
    for (size_t i = 0; i < n; i++) x[i] -= lr * g[i];
}

static void momentum(size_t n, float *restrict x, float *restrict m, float *restrict v, const float *restrict g,
                     float c1, float c2) {
    (void)v, (void)c1, (void)c2;
    for (size_t i = 0; i < n; i++) {
        m[i] = mu * m[i] + g[i];
        x[i] -= lr * m[i];
    }
}

static void adagrad(size_t n, float *restrict x, float *restrict m, float *restrict v, const float *restrict g,
                    float c1, float c2) {
    (void)m, (void)c1, (void)c2;
    for (size_t i = 0; i < n; i++) {
        v[i] += g[i] * g[i];
        x[i] -= lr * g[i] / (sqrtf(v[i]) + eps);
    }
}

static void adamw(size_t n, float *restrict x, float *restrict m, float *restrict v, const float *restrict g,
                  float c1, float c2) {
    for (size_t i = 0; i < n; i++) {
        m[i] = b1 * m[i] + (1 - b1) * g[i];
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        x[i] = x[i] * (1 - lr * wd) - lr * (m[i] * c1) / (sqrtf(v[i] * c2) + eps);
    }
}

static const struct { const char *name; Step *step; } METHODS[] = {
    {"sgd", sgd}, {"momentum", momentum}, {"adagrad", adagrad}, {"adamw", adamw},
};

struct tensor { size_t n; float *x, *m, *v, *g; };

static float *floats(size_t n) {
    float *p = aligned_alloc(64, (n * sizeof *p + 63) / 64 * 64);
    if (!p) perror("step"), exit(1);
    memset(p, 0, n * sizeof *p);
    return p;
}

/* A fixed pattern without zeros, of both signs: state becomes neither subnormal nor infinite. */
static struct tensor tensor(size_t n) {
    struct tensor t = {n, floats(n), floats(n), floats(n), floats(n)};
    for (size_t i = 0; i < n; i++) {
        t.x[i] = (float)(i % 1009) / 1009 - 0.5f;
        t.g[i] = (float)(i % 997) / 997 - 0.4999f;
    }
    return t;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Steps over the k-th stretch, where every tensor is cut into so many. */
static void stretch(Step *step, const struct tensor *tensors, size_t cuts, size_t k, float c1, float c2) {
    struct tensor t = tensors[k / cuts];
    size_t from = t.n * (k % cuts) / cuts, to = t.n * (k % cuts + 1) / cuts;
    step(to - from, t.x + from, t.m + from, t.v + from, t.g + from, c1, c2);
}

/* The powers of b1 and b2 after the steps so far. */
struct powers { double b1, b2; };

/* Threads share the tensors out, or cut them in equal stretches where they are few. Returns the seconds taken. */
static double run(Step *step, struct tensor *tensors, size_t count, size_t threads, struct powers *p, size_t steps) {
    size_t cuts = count < threads ? threads : 1;
    double start = now();
    for (size_t s = 0; s < steps; s++) {
        p->b1 *= b1, p->b2 *= b2;
        float c1 = 1 / (1 - p->b1), c2 = 1 / (1 - p->b2);
        if (threads == 1) { /* OpenMP takes 0.3 us to start even a team of one. */
            for (size_t k = 0; k < count * cuts; k++) stretch(step, tensors, cuts, k, c1, c2);
        } else {
            #pragma omp parallel for schedule(static) num_threads(threads)
            for (size_t k = 0; k < count * cuts; k++) stretch(step, tensors, cuts, k, c1, c2);
        }
    }
    return now() - start;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds of a step, after one for warming up, over samples of many steps. */
static double measure(Step *step, struct tensor *tensors, size_t count, size_t threads) {
    struct powers powers = {1, 1};
    size_t steps = 1;
    double samples[SAMPLES];
    run(step, tensors, count, threads, &powers, 1);
    while (run(step, tensors, count, threads, &powers, steps) < SAMPLE_SECONDS) steps *= 2;
    for (int i = 0; i < SAMPLES; i++) samples[i] = run(step, tensors, count, threads, &powers, steps) / steps;
    qsort(samples, SAMPLES, sizeof *samples, ascending);
    return samples[SAMPLES / 2];
}

static size_t number(const char *text) {
    char *unit;
    size_t value = strtoull(text, &unit, 10);
    return strncmp(unit, "Ki", 2) == 0 ? value << 10 : strncmp(unit, "Mi", 2) == 0 ? value << 20 : value;
}

/* The item of a comma-separated list after this one, or NULL. */
static const char *next(const char *item) {
    const char *comma = strchr(item, ',');
    return comma ? comma + 1 : NULL;
}

static Step *method(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++)
        if (strlen(METHODS[i].name) == length && !strncmp(METHODS[i].name, name, length)) return METHODS[i].step;
    return NULL;
}

int main(int argc, char **argv) {
    const char *methods = "adamw,sgd,momentum,adagrad", *sizes = "4Ki,64Ki,1Mi,16Mi,64Mi";
    size_t threads = 1, count = 1;
    int json = 0;
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--methods")) methods = value;
        else if (!strcmp(argv[i], "--sizes")) sizes = value;
        else if (!strcmp(argv[i], "--threads")) threads = number(value);
        else if (!strcmp(argv[i], "--tensors")) count = number(value);
        else if (!strcmp(argv[i], "--format")) json = !strcmp(value, "json");
        else return fprintf(stderr, "step: unknown option %s\n", argv[i]), 2;
    }
    if (!threads || !count) return fprintf(stderr, "step: --threads and --tensors are at least 1\n"), 2;

    if (json) printf("{\"rows\": [");
    const char *separator = "";
    for (const char *name = methods; name; name = next(name)) {
        int width = strcspn(name, ",");
        Step *step = method(name, width);
        if (!step) {
            fprintf(stderr, "C loop has no %.*s\n", width, name);
            continue;
        }
        for (const char *size = sizes; size; size = next(size)) {
            size_t length = number(size) / count, n = length * count;
            if (!length) return fprintf(stderr, "step: too few parameters: %s\n", size), 2;
            struct tensor tensors[count];
            for (size_t k = 0; k < count; k++) tensors[k] = tensor(length);
            double ns = measure(step, tensors, count, threads) * 1e9 / n;
            for (size_t k = 0; k < count; k++)
                free(tensors[k].x), free(tensors[k].m), free(tensors[k].v), free(tensors[k].g);
            if (json)
                printf("%s\n{\"library\": \"C loop\", \"version\": \"gcc " __VERSION__ "\", \"method\": \"%.*s\", "
                       "\"n\": %zu, \"threads\": %zu, \"tensors\": %zu, \"ns_per_param\": %.4f}",
                       separator, width, name, n, threads, count, ns);
            else
                printf("C loop  %-10.*s n %-9zu threads %zu  tensors %-5zu %9.4f ns/param\n", width, name, n, threads,
                       count, ns);
            fflush(stdout);
            separator = ",";
        }
    }
    if (json) printf("\n]}\n");
}
