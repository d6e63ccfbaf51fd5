"""Outputs that name a file that is read, in every way in which a file can be named."""

import os

from .files import images, table


def cases(context):
    random = context.random
    data = table(random, 60)
    context.write("data.csv", data)
    context.run("fit", "data.csv", "-t", "y", "-o", "good.model")
    run = ["compare", "rosenbrock", "--steps", "10", "--seeds", "1", "--tuning-seeds", "1", "-q", "--methods", "sgd"]
    context.run(*run, "--protocol", "defaults", "--runs", "good.jsonl")
    model, runs = context.path("good.model").read_bytes(), context.path("good.jsonl").read_bytes()
    image, labels = images(random, 30)
    contents = {name: data.encode() for name in ("in.csv", "in.svg", "in.html", "in.csv.cache")}
    contents |= {"in.model": model, "in.jsonl": runs, "x-images-idx3-ubyte": image, "x-labels-idx1-ubyte": labels}
    contents |= {"lab": labels}
    compare = ["compare", "-t", "y", "-e", "1", "--methods", "sgd", "--protocol", "defaults", "--seeds", "1", "-q"]
    fit, predict = ["fit", "-q", "-e", "1"], ["predict", "in.model", "-q"]
    named = {"in.csv": ["in.csv", "./in.csv", "../outputs/in.csv", "soft.csv", "hard.csv", context.path("in.csv")]}
    commands = [[*fit, name, "-t", "y", "-o", other] for name in named["in.csv"] for other in named["in.csv"]]
    commands += [[*fit, "i?.csv", "-t", "y", "-o", "in.csv"], [*fit, "*.csv", "-t", "y", "-o", "in.csv"]]
    commands += [[*fit, "data.csv", "in.csv", "-t", "y", "-o", "soft.csv"]]
    commands += [[*predict, pattern, "-o", output] for pattern in ("in.csv", "i?.csv") for output in named["in.csv"]]
    commands += [[*predict, "in.csv", "-o", "in.model"], [*predict, "in.csv", "-o", "soft.model"]]
    commands += [[*fit, "x-images-idx3-ubyte", "-o", "x-labels-idx1-ubyte"]]
    commands += [[*fit, "x-images-idx3-ubyte", "--labels", "lab", "-o", "lab"]]
    for option in ("--report", "--plot", "--runs"):
        commands += [[*compare, name, option, name] for name in ("in.csv", "in.svg", "in.html")]
        commands += [["compare", "--from", "in.jsonl", option, "in.jsonl"]]
    commands += [["minimize", "rosenbrock", "-q", "--plot", "same.svg", "--report", "same.svg"]]
    commands += [["minimize", "rosenbrock", "-q", "--plot", "same.svg", "--trace", "same.svg"]]
    cases = [(command, None, None) for command in commands]
    for output in ("in.csv", "soft.csv", "hard.csv"):
        cases.append(([*fit, "-", "-t", "y", "-o", output], "in.csv", None))
    for arguments in ([*fit, "in.csv", "-t", "y", "-o", "new.model"], [*predict, "in.csv"]):
        cases.append((arguments, None, "in.csv"))
    for command, stdin, stdout in cases:
        for name, content in contents.items():
            context.write(name, content)
        for name, target in {"soft.csv": "in.csv", "soft.model": "in.model"}.items():
            context.path(name).unlink(missing_ok=True)
            context.path(name).symlink_to(target)
        context.path("hard.csv").unlink(missing_ok=True)
        os.link(context.path("in.csv"), context.path("hard.csv"))
        options = {}
        if stdout:
            # Opened for appending: the shell's `>>` does not empty the file before the program can look at it.
            options["stdout"] = context.path(stdout).open("ab")
        ended = (
            context.run(*command, data=contents[stdin] if stdin else None, **options)
            if not stdin
            else redirected(context, command, stdin)
        )
        if stdout:
            options["stdout"].close()
        lost = [name for name, content in contents.items() if context.path(name).read_bytes() != content]
        problem = f"{', '.join(lost)} overwritten" if lost else ended.problem({2})
        shown = " ".join(map(str, command)) + (f" < {stdin}" if stdin else "") + (f" >> {stdout}" if stdout else "")
        yield shown, problem


def redirected(context, command, stdin):
    """Runs a command whose standard input is a file."""
    with context.path(stdin).open("rb") as file:
        return context.run(*command, stdin=file)
