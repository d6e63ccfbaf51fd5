"""Random options on random tables."""

from .files import libsvm, mixed, table

NUMBERS = [
    "0",
    "1",
    "2",
    "-1",
    "0.5",
    "1e-3",
    "1e308",
    "1e-320",
    "nan",
    "inf",
    "-inf",
    "65535",
    "4294967295",
    "1e400",
    "",
    "abc",
    "٣",
]
METHODS = [
    "sgd",
    "adam",
    "momentum",
    "lion",
    "lamb",
    "adagrad",
    "none",
    "adam:beta1=0.5",
    "adam:beta1=2",
    "adam:",
    "sgd:lr=1e6",
]
MODELS = [
    "auto",
    "linear",
    "logistic",
    "softmax",
    "fm:rank=2",
    "mlp:4",
    "mlp:4,4;dropout=0.5",
    "mlp:0",
    "fm:rank=0",
    "mlp:65536,65536",
]
FORMULAS = [
    "x^2",
    "(1-x)^2+100*(y-x^2)^2",
    "log(x)",
    "1/x",
    "x^x",
    "abs(x)",
    "0",
    "x",
    "min(x,y)",
    "((((x))))",
    "x^",
    "",
    "1e400",
    "x/0",
    "é",
]
LOSSES = [
    "squared",
    "huber",
    "quantile:q=0.9",
    "quantile:q=2",
    "poisson",
    "logistic",
    "hinge",
    "softmax",
    "huber:delta=0",
]
CASES = 65_000

FIT = {
    "--model": MODELS,
    "--loss": LOSSES,
    "--method": METHODS,
    "--lr": NUMBERS,
    "--l1": NUMBERS,
    "--l2": NUMBERS,
    "--batch-size": ["1", "7", "full", "0", "x"],
    "--val-fraction": NUMBERS,
    "--patience": ["0", "1", "5", "-1"],
    "--min-delta": NUMBERS,
    "--seed": NUMBERS,
    "--max-memory": ["1M", "128M", "2G", "0", "1Z", "200"],
    "--ignore": ["a", "y", "none"],
    "--categorical": ["a", "x0", "none"],
    "--weight": ["a", "y", "x1", "none"],
    "--hash-bits": ["4", "18", "27", "64", "0"],
    "--schedule": ["cosine", "step:every=3,factor=0.5", "warmup:steps=5+cosine", "none"],
    "--init": ["zero", "normal:0.1", "normal:-1"],
    "--threads": ["1", "2", "0", "20000"],
    "--class-weight": ["balanced", "equal", "x"],
    "--delimiter": [",", ";", "tab", "ab"],
    "--no-header": None,
    "--no-intercept": None,
    "--cache": None,
    "--on-error": ["skip", "fail", "x"],
    "--missing": ["q", "0"],
    "--interactions": ["a*b", "x0*x1", "none*none"],
    "--encoding": ["latin1", "utf-16le", "none"],
    "--format": ["json", "text", "x"],
}
MINIMIZE = {
    "--method": METHODS,
    "--lr": NUMBERS,
    "--start": [*NUMBERS, "1,2", "x=1,y=2", "1e39,1"],
    "--dim": ["1", "2", "5", "0", "-1"],
    "--starts": ["1", "3", "0"],
    "--within": ["-1,1", "1,-1", "0,0", "x"],
    "--seed": NUMBERS,
    "--dtype": ["f32", "f64"],
    "--gradient-norm": NUMBERS,
    "--target": NUMBERS,
    "--perturb": None,
    "--maximize": None,
    "--until": ["abs(x)>1", "x", "1>"],
    "--trace": ["t.csv", "none/t.csv"],
    "--plot": ["p.svg", "p.png", "p.txt"],
    "--report": ["p.html"],
    "--format": ["json", "text"],
}


def options(random, known, most):
    """Returns random options with random values."""
    chosen = []
    for name in random.sample(sorted(known), random.randint(0, most)):
        chosen += [f"{name}={random.choice(known[name])}"] if known[name] else [name]
    return chosen


def cases(context):
    random = context.random
    for number in range(CASES):
        if number % 20 == 0:
            rows = random.choice([1, 2, 3, 10, 50, 200])
            data = random.choice([table(random, rows, random.randint(1, 5)), mixed(random, rows), libsvm(random, rows)])
            context.write("d", data)
        if random.random() < 0.6:
            target = "label" if data.startswith(("1 ", "-1 ")) else "y"
            command = ["fit", "d", "-t", target, "-o", "a.model", f"-e={random.choice(['1', '3', '0'])}", "-q"]
            command += options(random, FIT, 4)
        elif random.random() < 0.3:
            command = ["predict", "a.model", "d", *random.choice([[], ["--proba"], ["-q"], ["--threads=0"]])]
        else:
            command = [
                "minimize",
                f"--steps={random.choice(['0', '1', '30'])}",
                *options(random, MINIMIZE, 4),
                "-q",
                "--",
                random.choice(FORMULAS),
            ]
        ended = context.run(*command)
        left = context.left_behind()
        yield " ".join(map(str, command)), ended.problem() or (f"left {left}" if left else None)
