"""The ceiling of memory: the peak stays below --max-memory, or the run is refused with the sum."""

import random as stdlib_random

CEILINGS = [130, 256]


def rows_of(random, count, columns, value):
    """Lines of a table with a target, made from a few thousand different rows."""
    lines = [
        ",".join(value(random) for _ in range(columns)) + f",{random.random():.5f}\n" for _ in range(min(count, 2_000))
    ]
    return "".join(lines[i % len(lines)] for i in range(count))


def header(columns):
    return ",".join(f"c{j}" for j in range(columns)) + ",y\n"


def number(random):
    return f"{random.random():.5f}"


def texts(context, rows, levels):
    random = context.random
    return header(4) + "".join(
        f"k{random.randrange(levels)},m{random.randrange(levels)},{random.random():.3f},{i % 7},{random.random():.4f}\n"
        for i in range(rows)
    )


def classes(context, rows, labels):
    random = context.random
    return "c0,c1,c2,c3,y\n" + "".join(
        ",".join(f"k{random.randrange(300)}" for _ in range(4)) + f",L{random.randrange(labels)}\n" for _ in range(rows)
    )


def sparse(context, rows, features):
    random = stdlib_random.Random(context.random.random())
    lines = []
    for i in range(rows):
        indices = sorted(random.sample(range(1, features), 10))
        lines.append(f"{i % 2 * 2 - 1} " + " ".join(f"{k}:1" for k in indices))
    return "\n".join(lines) + "\n"


def tiny(index):
    return f"1 {index}:1\n-1 2:1\n" * 30


def cases(context):
    random = context.random
    wide = header(20_000) + rows_of(random, 500, 20_000, number)
    made = [
        ("numbers.csv", lambda: header(16) + rows_of(random, 400_000, 16, number), [[]]),
        ("medium.csv", lambda: header(16) + rows_of(random, 200, 16, number), [["--model", "mlp:2000,2000"]]),
        (
            "texts.csv",
            lambda: texts(context, 400_000, 300_000),
            [[], ["--categorical", "c0"], ["--categorical", "c0,c1", "--hash-bits", "18"], ["--hash-bits", "27"]],
        ),
        ("wide.csv", lambda: wide, [[], ["--model", "fm:rank=16"], ["--model", "mlp:64"]]),
        ("classes.csv", lambda: classes(context, 60_000, 500), [[], ["--model", "mlp:256,256"]]),
        ("sparse.libsvm", lambda: sparse(context, 60_000, 2_000_000), [[], ["--model", "fm:rank=16"]]),
        *((f"index-{index}.libsvm", lambda index=index: tiny(index), [[]]) for index in (10**7, 3 * 10**7, 10**8)),
        (
            "small.csv",
            lambda: header(3) + rows_of(random, 100, 3, number),
            [["--model", "mlp:65536,65536"], ["--batch-size", "full"]],
        ),
    ]
    for name, content, options in made:
        context.write(name, content())
        target = [] if name.endswith("libsvm") else ["-t", "y"]
        for more in options:
            for ceiling in CEILINGS:
                limit = ["--max-memory", f"{ceiling}M"]
                command = ["fit", name, *target, "-o", "a.model", "-q", "-e", "1", *more, *limit]
                ended = context.run_measured(*command, seconds=120)
                problem = ended.problem({0, 2, 3, 4}, memory_mb=ceiling)
                if not problem and ended.code in (2, 4) and b"of memory, found a need of about" not in ended.err:
                    problem = f"refused without the sum: {ended.err[-300:]}"
                yield " ".join(command), problem
                if ended.code == 0:
                    command = ["predict", "a.model", name, "-q", *limit]
                    ended = context.run_measured(*command, seconds=120)
                    yield " ".join(command), ended.problem({0, 2, 4}, memory_mb=ceiling)
            if name.startswith(("index", "small")):
                command = ["fit", name, *target, "-o", "a.model", "-q", "-e", "1", *more]
                ended = context.run_measured(*command, seconds=120)
                yield " ".join(command), ended.problem({0, 2, 3, 4}, memory_mb=16_000)
        context.path(name).unlink()
