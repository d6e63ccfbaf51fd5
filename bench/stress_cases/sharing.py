"""Files that change while they are read, caches of older data, and two processes on the same outputs."""

import os
import threading

from .files import table
from .kills import whole

CHANGES, STALE, TOGETHER = 84, 63, 76
COMPARE = ["compare", "rosenbrock", "--steps", "200", "--seeds", "2", "-q", "--protocol", "defaults"]


def cases(context):
    context.write("whole.csv", table(context.random, 40_000, 3))
    context.run("fit", "whole.csv", "-t", "y", "-q", "-e", "1", "-o", "good.model")
    yield from changes(context)
    yield from stale(context)
    yield from together(context)


def changes(context):
    """Data that are truncated, extended, overwritten, replaced or removed while they are read."""
    random = context.random
    content = context.path("whole.csv").read_bytes()
    path = context.path("changing.csv")
    ways = {
        "truncated": lambda: os.truncate(path, random.randrange(len(content))),
        "extended": lambda: path.open("ab").write(content[: random.randrange(len(content))]),
        "overwritten": lambda: path.write_bytes(random.randbytes(1000) + content[1000:]),
        "replaced": lambda: os.replace(context.write("other.csv", content[::-1]), path),
        "removed": lambda: path.unlink(missing_ok=True),
    }
    commands = {
        "fit": ["fit", path, "-t", "y", "-q", "-e", "2", "-o", "changed.model"],
        "fit --max-memory": ["fit", path, "-t", "y", "-q", "-e", "2", "-o", "changed.model", "--max-memory", "128M"],
        "fit --cache": ["fit", path, "-t", "y", "-q", "-e", "2", "-o", "changed.model", "--cache"],
        "predict": ["predict", "good.model", path, "-q"],
    }
    context.write("changing.csv", content)
    seconds = {name: context.run(*command).seconds for name, command in commands.items()}
    for _ in range(CHANGES):
        (name, command), (way, change) = random.choice(list(commands.items())), random.choice(list(ways.items()))
        context.write("changing.csv", content)
        delay = random.uniform(0, seconds[name])
        timer = threading.Timer(delay, change)
        timer.start()
        ended = context.run(*command)
        timer.join()
        left = context.left_behind()
        yield (
            f"{name}: the data are {way} after {delay:.3f} s",
            ended.problem() or (f"left {', '.join(left)}" if left else None),
        )


def stale(context):
    """A cache of other data or options is never used, even if size and time of the data are the same."""
    random = context.random
    options = [[], ["--seed", "5"], ["--missing", "0"], ["--interactions", "x0*x1"], ["--ignore", "x1"]]
    options += [["--categorical", "x2", "--hash-bits", "4"], ["--val-fraction", "0.3"], ["--max-memory", "128M"]]
    original = table(random, 200, 3)
    path = context.write("cached.csv", original)
    fit = ["fit", "cached.csv", "-t", "y", "-q", "-e", "1"]
    for _ in range(STALE):
        more, change = random.choice(options), random.choice(["data", "time", "options"])
        context.run(*fit, "--cache", *random.choice(options), "-o", "a.model")
        if change != "options":
            context.run(*fit, "--cache", *more, "-o", "a.model")
        if change == "data":
            before = path.stat()
            content = bytearray(original.encode())
            for place in random.sample([i for i, byte in enumerate(content) if i > 20 and 48 <= byte < 58], 50):
                content[place] = 48 + (content[place] - 47) % 10
            path.write_bytes(content)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        elif change == "time":
            os.utime(path)
        # A model no better than a constant does not replace one that exists, and ends with 3.
        for model in ["cached.model", "read.model"]:
            context.path(model).unlink(missing_ok=True)
        ended = context.run(*fit, "--cache", *more, "-o", "cached.model")
        read = context.run(*fit, *more, "-o", "read.model")
        problem = ended.problem({read.code}) or read.problem({0, 3})
        if not problem and context.path("cached.model").read_bytes() != context.path("read.model").read_bytes():
            problem = "another model by a stale cache"
        yield f"cache of other {change}: {' '.join(more)}", problem


def together(context):
    """Two processes that write the same model, cache or file of runs."""
    random = context.random
    fit = ["fit", "whole.csv", "-t", "y", "-q", "-e", "1"]
    context.run(*fit, "-o", "alone.model")
    alone = context.path("alone.model").read_bytes()
    for _ in range(TOGETHER):
        what = random.choice(["model", "cache", "runs", "default runs", "picture"])
        for old in [*context.folder.glob("*.jsonl"), context.path("whole.csv.cache")]:
            if random.random() < 0.7 or what == "default runs":
                old.unlink(missing_ok=True)
        first, second = {
            "model": ([*fit, "-o", "shared.model"],) * 2,
            "cache": ([*fit, "--cache", "-o", "shared.model"], [*fit, "--cache", "-o", "other.model"]),
            "runs": ([*COMPARE, "--runs", "shared.jsonl"],) * 2,
            "default runs": (COMPARE,) * 2,
            "picture": ([*COMPARE, "--runs", "p.jsonl", "--plot", "p.svg"],) * 2,
        }[what]
        results = []
        other = threading.Thread(target=lambda command=second: results.append(context.run(*command)))
        other.start()
        results.append(context.run(*first))
        other.join()
        # Of two processes on one file of runs, the second may be refused.
        problems = [ended.problem({0, 1, 2} if what in {"runs", "picture"} else {0}) for ended in results]
        problem = next(filter(None, problems), None)
        if not problem and all(ended.code for ended in results):
            problem = f"both refused: {results[0].err[-300:]}"
        if not problem and what in {"model", "cache"} and context.path("shared.model").read_bytes() != alone:
            problem = "another model"
        files = sorted(context.folder.glob("*.jsonl"))
        if not problem and what == "default runs" and len(files) != 2:
            problem = f"expected two files of runs, found {[file.name for file in files]}"
        for file in files if not problem else ():
            problem = problem or context.run("compare", "--from", file, "-q").problem({0})
        if not problem and what == "picture" and not whole(context, "p.svg", context.path("p.svg").read_bytes()):
            problem = "incomplete picture"
        left = context.left_behind()
        yield f"two processes, one {what}", problem or (f"left {', '.join(left)}" if left else None)
