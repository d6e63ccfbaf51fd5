"""Damaged files of every format."""

from .files import damaged, seeds
from .runner import CORPUS

CASES = 12_600


def cases(context):
    random = context.random
    made = seeds(random)
    for name, (content, _) in made.items():
        context.write(name, content)
    models = {f"{path.name}": path.read_bytes() for path in sorted((CORPUS / "model").iterdir())}
    for kind, options in {"linear": [], "mlp": ["--model", "mlp:4"], "fm": ["--model", "fm:rank=2"]}.items():
        # Names that no file has, since a model that learned nothing replaces none.
        context.run("fit", "mixed.csv", "-t", "y", "-o", f"new-{kind}.model", "-e", "1", *options)
        models[f"new-{kind}.model"] = context.path(f"new-{kind}.model").read_bytes()
    context.run("fit", "mixed.csv", "-t", "y", "-o", "whole.model", "-e", "1", "--cache")
    cache = context.path("mixed.csv.cache").read_bytes()
    rows = context.path("mixed.csv")
    whole = context.path("whole.model").read_bytes()
    comparison = ["compare", "rosenbrock", "--steps", "30", "--seeds", "2", "--tuning-seeds", "1", "-q"]
    context.run(*comparison, "--methods", "sgd,adam", "--protocol", "defaults", "--runs", "runs.jsonl")
    runs = context.path("runs.jsonl").read_bytes()
    for _ in range(CASES // 6):
        for name, (content, target) in [random.choice(sorted(made.items())) for _ in range(3)]:
            changed, what = damaged(random, content)
            context.write(name, changed)
            command = ["fit", name, "-t", target, "-o", "a.model", "-e", "1", "-q"]
            command += ["--max-memory", "128M"] if random.random() < 0.2 else []
            yield f"{name}, {what}: {' '.join(command)}", context.run(*command).problem()
            context.write(name, content)
        name, content = random.choice(sorted(models.items()))
        changed, what = damaged(random, content)
        context.write("damaged.model", changed)
        yield f"{name}, {what}: inspect", context.run("inspect", "damaged.model").problem({0, 1, 4})
        ended = context.run("predict", "damaged.model", rows, "-q")
        problem = ended.problem({0, 1, 4})
        if not problem and name.startswith("new-") and ended.code == 0 and changed != content:
            context.write("undamaged.model", content)
            if context.run("predict", "undamaged.model", rows, "-q").out != ended.out:
                problem = "other predictions with exit code 0"
        yield f"{name}, {what}: predict", problem
        changed, what = damaged(random, cache)
        context.write("mixed.csv.cache", changed)
        context.path("cached.model").unlink(missing_ok=True)
        ended = context.run("fit", "mixed.csv", "-t", "y", "-o", "cached.model", "-e", "1", "--cache", "-q")
        problem = ended.problem({0, 1, 2})
        if not problem and ended.code == 0 and context.path("cached.model").read_bytes() != whole:
            problem = "another model by a damaged cache"
        yield f"cache, {what}: fit --cache", problem
        changed, what = damaged(random, runs)
        context.write("damaged.jsonl", changed)
        yield f"runs, {what}: compare --from", context.run("compare", "--from", "damaged.jsonl", "-q").problem()
