/* Measures the steps of loops written by hand in C.

   gcc -O3 -march=native -fno-math-errno -fopenmp step.c -o step -lm
   ./step [--methods adamw,yogi] [--sizes 4Ki,1Mi] [--threads 1] [--tensors 1] [--format json]

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

static const float lr = 1e-3f, mu = 0.9f, b1 = 0.9f, b2 = 0.999f, rho = 0.99f, eps = 1e-8f, wd = 0.01f;

enum { SLOTS = 4 };

/* Scalars of a step: the bias corrections of the first and of the second moment, and, for Adan, of the third; for NAdam,
   the weights of g and of m. */
struct scalars { float c1, c2, c3, of_g, of_m; };

/* A step over a range of parameters; a method uses the first of the slots. */
typedef void Step(size_t n, float *restrict x, const float *restrict g, float *restrict s0, float *restrict s1,
                  float *restrict s2, float *restrict s3, struct scalars k);

#define STEP(name, ...)                                                                                               \
    static void name(size_t n, float *restrict x, const float *restrict g, float *restrict s0, float *restrict s1,    \
                     float *restrict s2, float *restrict s3, struct scalars k) {                                      \
        (void)s0, (void)s1, (void)s2, (void)s3, (void)k;                                                              \
        for (size_t i = 0; i < n; i++) { __VA_ARGS__ }                                                                \
    }

STEP(sgd, x[i] -= lr * g[i];)

STEP(momentum,
    s0[i] = mu * s0[i] + g[i];
    x[i] -= lr * s0[i];)

STEP(adagrad,
    s0[i] += g[i] * g[i];
    x[i] -= lr * g[i] / (sqrtf(s0[i]) + eps);)

STEP(rmsprop,
    s0[i] = rho * s0[i] + (1 - rho) * g[i] * g[i];
    x[i] -= lr * g[i] / (sqrtf(s0[i]) + eps);)

STEP(adadelta,
    s0[i] = mu * s0[i] + (1 - mu) * g[i] * g[i];
    float delta = sqrtf(s1[i] + eps) / sqrtf(s0[i] + eps) * g[i];
    s1[i] = mu * s1[i] + (1 - mu) * delta * delta;
    x[i] -= lr * delta;)

STEP(adamw,
    s0[i] = b1 * s0[i] + (1 - b1) * g[i];
    s1[i] = b2 * s1[i] + (1 - b2) * g[i] * g[i];
    x[i] = x[i] * (1 - lr * wd) - lr * (s0[i] * k.c1) / (sqrtf(s1[i] * k.c2) + eps);)

STEP(nadam,
    s0[i] = b1 * s0[i] + (1 - b1) * g[i];
    s1[i] = b2 * s1[i] + (1 - b2) * g[i] * g[i];
    x[i] -= lr * (k.of_g * g[i] + k.of_m * s0[i]) / (sqrtf(s1[i] * k.c2) + eps);)

STEP(adabelief,
    s0[i] = b1 * s0[i] + (1 - b1) * g[i];
    float d = g[i] - s0[i];
    s1[i] = b2 * s1[i] + (1 - b2) * d * d + eps;
    x[i] -= lr * (s0[i] * k.c1) / (sqrtf(s1[i] * k.c2) + eps);)

STEP(yogi,
    float square = g[i] * g[i], d = s1[i] - square;
    s0[i] = b1 * s0[i] + (1 - b1) * g[i];
    s1[i] -= (1 - b2) * ((d > 0) - (d < 0)) * square;
    x[i] -= lr * s0[i] / (sqrtf(s1[i]) + eps);)

STEP(adan,
    float d = g[i] - s3[i], ahead = g[i] + b2 * d;
    s0[i] = b1 * s0[i] + (1 - b1) * g[i];
    s1[i] = b2 * s1[i] + (1 - b2) * d;
    s2[i] = rho * s2[i] + (1 - rho) * ahead * ahead;
    s3[i] = g[i];
    x[i] -= lr * (s0[i] * k.c1 + b2 * s1[i] * k.c2) / (sqrtf(s2[i] * k.c3) + eps);)

static const struct { const char *name; Step *step; } METHODS[] = {
    {"sgd", sgd}, {"momentum", momentum}, {"adagrad", adagrad}, {"rmsprop", rmsprop}, {"adadelta", adadelta},
    {"adamw", adamw}, {"nadam", nadam}, {"adabelief", adabelief}, {"yogi", yogi}, {"adan", adan},
};

struct tensor { size_t n; float *x, *g, *s[SLOTS]; };

static float *floats(size_t n) {
    float *p = aligned_alloc(64, (n * sizeof *p + 63) / 64 * 64);
    if (!p) perror("step"), exit(1);
    memset(p, 0, n * sizeof *p);
    return p;
}

/* A fixed pattern without zeros, of both signs: state becomes neither subnormal nor infinite. */
static struct tensor tensor(size_t n) {
    struct tensor t = {n, floats(n), floats(n), {floats(n), floats(n), floats(n), floats(n)}};
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
static void stretch(Step *step, const struct tensor *tensors, size_t cuts, size_t k, struct scalars scalars) {
    struct tensor t = tensors[k / cuts];
    size_t from = t.n * (k % cuts) / cuts, to = t.n * (k % cuts + 1) / cuts;
    step(to - from, t.x + from, t.g + from, t.s[0] + from, t.s[1] + from, t.s[2] + from, t.s[3] + from, scalars);
}

/* The powers of b1, b2 and rho after the steps so far. */
struct powers { double b1, b2, rho; };

/* Threads share the tensors out, or cut them in equal stretches where they are few. Returns the seconds taken. */
static double run(Step *step, struct tensor *tensors, size_t count, size_t threads, struct powers *p, size_t steps) {
    size_t cuts = count < threads ? threads : 1;
    double start = now();
    for (size_t s = 0; s < steps; s++) {
        p->b1 *= b1, p->b2 *= b2, p->rho *= rho;
        float c1 = 1 / (1 - p->b1), c2 = 1 / (1 - p->b2), c3 = 1 / (1 - p->rho);
        struct scalars scalars = {c1, c2, c3, (1 - mu) * c1, mu / (1 - p->b1 * b1)};
        if (threads == 1) { /* OpenMP takes 0.3 us to start even a team of one. */
            for (size_t k = 0; k < count * cuts; k++) stretch(step, tensors, cuts, k, scalars);
        } else {
            #pragma omp parallel for schedule(static) num_threads(threads)
            for (size_t k = 0; k < count * cuts; k++) stretch(step, tensors, cuts, k, scalars);
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
    struct powers powers = {1, 1, 1};
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
    const char *methods = "sgd,momentum,adagrad,rmsprop,adadelta,adamw,nadam,adabelief,yogi,adan",
                *sizes = "4Ki,64Ki,1Mi,16Mi,64Mi";
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
            for (size_t k = 0; k < count; k++) {
                free(tensors[k].x), free(tensors[k].g);
                for (int slot = 0; slot < SLOTS; slot++) free(tensors[k].s[slot]);
            }
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
