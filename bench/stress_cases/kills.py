"""Kills at random moments, after which outputs must be whole and temporary files must go."""

import signal
import subprocess

from .files import table
from .runner import wait

SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
CASES = 840
# Part of the seconds of a hang within which a signal ends the run; a quiet machine needs two seconds at most.
PART = 0.4


def scenarios():
    """Returns names, arguments, files for standard input and outputs."""
    fit = ["fit", "-t", "y", "-q", "-o", "out.model"]
    compare = ["compare", "rosenbrock", "--steps", "2000", "--seeds", "3", "-q", "--protocol", "defaults"]
    return [
        ("fit", [*fit, "small.csv", "-e", "200", "--patience", "0"], None, ["out.model"]),
        ("fit many rows", [*fit, "rows.csv", "-e", "20"], None, ["out.model"]),
        ("fit a large model", [*fit, "small.csv", "-e", "2", "--model", "mlp:1000,1000"], None, ["out.model"]),
        ("fit --max-memory", [*fit, "rows.csv", "-e", "2", "--max-memory", "128M"], None, ["out.model"]),
        ("fit -", [*fit, "-", "-e", "2"], "rows.csv", ["out.model"]),
        ("fit - --max-memory", [*fit, "-", "-e", "2", "--max-memory", "128M"], "rows.csv", ["out.model"]),
        ("fit --cache", [*fit, "rows.csv", "-e", "2", "--cache"], None, ["out.model"]),
        (
            "compare",
            [*compare, "--plot", "p.svg", "--report", "p.html", "--runs", "r.jsonl"],
            None,
            ["p.svg", "p.html"],
        ),
        (
            "minimize --trace",
            ["minimize", "rosenbrock", "--steps", "100000", "-q", "--trace", "t.csv", "--plot", "m.svg"],
            None,
            ["t.csv", "m.svg"],
        ),
        ("predict", ["predict", "old.model", "rows.csv", "-q", "-o", "predictions.txt"], None, ["predictions.txt"]),
    ]


def whole(context, name, content):
    """Returns whether an output is complete."""
    if name.endswith(".model"):
        context.write("seen.model", content)
        return context.run("inspect", "seen.model").code == 0
    end = {".svg": b"</svg>", ".html": b"</html>"}.get("." + name.rsplit(".", 1)[1], b"\n")
    return content.rstrip(b"\n").endswith(end.rstrip(b"\n"))


def cases(context):
    random = context.random
    context.write("small.csv", table(random, 300))
    context.write("rows.csv", table(random, 150_000, 4))
    context.run("fit", "rows.csv", "-t", "y", "-o", "old.model", "-e", "1")
    known, seconds = scenarios(), {}
    for number in range(CASES):
        name, arguments, stdin, outputs = known[number % len(known)]
        data = context.path(stdin).read_bytes() if stdin else None
        if name not in seconds:
            seconds[name] = context.run(*arguments, data=data).seconds
        sent = random.choice(SIGNALS)
        keeps_old = random.random() < 0.7
        for output in outputs:
            context.path(output).unlink(missing_ok=True)
        if keeps_old:
            context.run(*arguments, data=data)
        old = {output: context.path(output).read_bytes() for output in outputs if context.path(output).exists()}
        delay = random.uniform(0, 1.1 * seconds[name])
        problem = kill(context, arguments, data, sent, delay)
        for output in outputs if not problem else ():
            path = context.path(output)
            if path.exists():
                content = path.read_bytes()
                if content != old.get(output) and not whole(context, output, content):
                    problem = f"{output} is incomplete: {len(content)} bytes"
            elif output in old:
                problem = f"{output} is lost"
        if not problem:
            ended = context.run(*arguments, data=data)
            left = context.left_behind()
            problem = ended.problem() or (f"the next run left {', '.join(left)}" if left else None)
        yield f"{name}: signal {sent.name} after {delay:.3f} s", problem


def kill(context, arguments, data, sent, delay):
    """Runs a command and sends it a signal. Returns what is wrong with its ending, or None."""
    seconds = PART * context.hang_seconds
    hung, code = signalled(context, arguments, data, sent, delay, seconds)
    if hung:
        return f"not ended {seconds:.0f} s after the signal"
    expected = {0, 3, -sent} if sent == signal.SIGKILL else {0, 3, 128 + sent, -sent}
    if code not in expected:
        return f"exit code {code}, expected one of {sorted(expected)}: {context.path('err').read_text()[-200:]}"
    if sent != signal.SIGKILL and (left := context.left_behind()):
        return f"the signal left {', '.join(left)}"
    return None


def signalled(context, arguments, data, sent, delay, seconds):
    """Runs a command with standard input and sends it a signal. Returns if it hung, and its exit code.

    Its messages are in the file `err`.
    """
    stdin = context.write("stdin", data or b"").open("rb")
    with stdin, context.path("err").open("wb") as err, context.path("out").open("wb") as out:
        process = context.start(*arguments, stdin=stdin, stdout=out, stderr=err)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:  # It still runs, as intended.
            process.send_signal(sent)
        hung = process.returncode is None and wait(process, seconds)[0]
    return hung, process.returncode
