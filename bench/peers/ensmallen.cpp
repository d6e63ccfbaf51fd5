// Measures ensmallen's updates. They are Armadillo expressions; its update policies are called directly with a
// constant gradient.
//
//   g++ -std=c++17 -O3 -march=native -fno-math-errno -DNDEBUG ensmallen.cpp -o ensmallen -larmadillo
//   ./ensmallen [--methods adam,sgd] [--sizes 4Ki,1Mi] [--threads 1] [--tensors 1] [--format json]
//
// Needs the headers of ensmallen (libensmallen-dev, or -I to its include/) and libarmadillo-dev.
// -fno-math-errno is not fast-math: it allows the compiler to vectorize roots, which makes these updates several times
// faster.
// -fopenmp allows --threads 2: Armadillo then parallelizes the expressions with a root, and only those. Measure one
// thread without it, since Armadillo's parallel loops are slower on one thread.

#include <ensmallen.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using Step = std::function<void()>;

const double RATE = 1e-3, MOMENTUM = 0.9, SAMPLE_SECONDS = 0.02;
const int SAMPLES = 5;

template <class Update>
struct Tensors {
    Update update;
    std::vector<arma::fmat> x, g;
    std::vector<typename Update::template Policy<arma::fmat, arma::fmat>> policies;

    Tensors(Update update, size_t count, size_t length) : update(update), x(count), g(count) {
        // A fixed pattern without zeros, lest state become subnormal.
        for (size_t k = 0; k < count; k++) {
            x[k].set_size(length, 1), g[k].set_size(length, 1);
            for (size_t i = 0; i < length; i++) x[k][i] = float(i % 1009) / 1009 - 0.5f;
            for (size_t i = 0; i < length; i++) g[k][i] = float(i % 997) / 997 - 0.4999f;
            policies.emplace_back(this->update, length, 1);
        }
    }

    void step() {
        for (size_t k = 0; k < x.size(); k++) policies[k].Update(x[k], RATE, g[k]);
    }
};

// What makes the step of a method over so many tensors of such a length.
template <class Update>
std::function<Step(size_t, size_t)> maker(Update update) {
    return [=](size_t count, size_t length) {
        // Shared, for the policies point to their update: nothing of it may move.
        auto tensors = std::make_shared<Tensors<Update>>(update, count, length);
        return Step([tensors] { tensors->step(); });
    };
}

const std::map<std::string, std::function<Step(size_t, size_t)>> METHODS = {
    {"sgd", maker(ens::VanillaUpdate())},
    {"momentum", maker(ens::MomentumUpdate(MOMENTUM))},
    {"nag", maker(ens::NesterovMomentumUpdate(MOMENTUM))},
    {"adagrad", maker(ens::AdaGradUpdate())},
    {"rmsprop", maker(ens::RMSPropUpdate())},
    {"adadelta", maker(ens::AdaDeltaUpdate())},
    {"adam", maker(ens::AdamUpdate())},
    {"nadam", maker(ens::NadamUpdate())},
    {"adamax", maker(ens::AdaMaxUpdate())},
    {"amsgrad", maker(ens::AMSGradUpdate())},
    {"adabelief", maker(ens::AdaBeliefUpdate())},
    {"yogi", maker(ens::YogiUpdate())},
};

double seconds(const Step& step, size_t steps) {
    auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < steps; i++) step();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Median seconds of a step, after one for warming up, over samples of many steps.
double measure(const Step& step) {
    step();
    size_t steps = 1;
    while (seconds(step, steps) < SAMPLE_SECONDS) steps *= 2;
    std::vector<double> samples(SAMPLES);
    for (double& sample : samples) sample = seconds(step, steps) / steps;
    std::sort(samples.begin(), samples.end());
    return samples[SAMPLES / 2];
}

std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> list;
    std::istringstream stream(text);
    for (std::string word; std::getline(stream, word, ',');) list.push_back(word);
    return list;
}

size_t number(const std::string& text) {
    size_t end, value = std::stoul(text, &end);
    return text.substr(end) == "Ki" ? value << 10 : text.substr(end) == "Mi" ? value << 20 : value;
}

int main(int argc, char** argv) {
    std::map<std::string, std::string> options = {
        {"--methods", "sgd,momentum,nag,adagrad,rmsprop,adadelta,adam,nadam,adamax,amsgrad,adabelief,yogi"},
        {"--sizes", "4Ki,64Ki,1Mi,16Mi,64Mi"}, {"--threads", "1"}, {"--tensors", "1"}, {"--format", "table"},
    };
    for (int i = 1; i < argc; i += 2) {
        if (!options.count(argv[i]) || i + 1 == argc) return std::fprintf(stderr, "what is %s?\n", argv[i]), 2;
        options[argv[i]] = argv[i + 1];
    }
    size_t threads = number(options["--threads"]), count = number(options["--tensors"]);
    bool json = options["--format"] == "json";
#ifdef _OPENMP
    omp_set_num_threads(threads);
#else
    if (threads > 1) return std::fprintf(stderr, "compile with -fopenmp for more than one thread\n"), 2;
#endif

    std::string version = std::to_string(ENS_VERSION_MAJOR) + "." + std::to_string(ENS_VERSION_MINOR) + "." +
        std::to_string(ENS_VERSION_PATCH) + ", armadillo " + std::to_string(ARMA_VERSION_MAJOR) + "." +
        std::to_string(ARMA_VERSION_MINOR) + "." + std::to_string(ARMA_VERSION_PATCH);
    const char* separator = "";
    if (json) std::printf("{\"rows\": [");
    for (const std::string& method : words(options["--methods"])) {
        if (!METHODS.count(method)) {
            std::fprintf(stderr, "ensmallen has no %s\n", method.c_str());
            continue;
        }
        for (const std::string& size : words(options["--sizes"])) {
            size_t length = number(size) / count, n = length * count;
            if (!length) return std::fprintf(stderr, "too few parameters: %s\n", size.c_str()), 2;
            double ns = measure(METHODS.at(method)(count, length)) * 1e9 / n;
            if (json)
                std::printf("%s\n{\"library\": \"ensmallen\", \"version\": \"%s\", \"method\": \"%s\", \"n\": %zu, "
                            "\"threads\": %zu, \"tensors\": %zu, \"ns_per_param\": %.4f}",
                            separator, version.c_str(), method.c_str(), n, threads, count, ns);
            else
                std::printf("ensmallen  %-10s n %-9zu threads %zu  tensors %-5zu %9.4f ns/param\n", method.c_str(), n,
                            threads, count, ns);
            std::fflush(stdout);
            separator = ",";
        }
    }
    if (json) std::printf("\n]}\n");
}
