"""Limits of resources, closed and full streams, pipes, devices and odd names."""

import os
import resource
import shutil
import subprocess
import threading
import time

from .files import images, libsvm, table

GOOD = {0, 1, 2, 3, 4}
# Options of the shortest comparison.
ONE_RUN = ["--methods", "sgd", "--seeds", "1", "--protocol", "defaults"]


def cases(context):
    random = context.random
    context.write("table.csv", table(random, 3_000))
    context.write("rows.libsvm", libsvm(random, 3_000))
    image, labels = images(random, 30)
    context.write("x-images-idx3-ubyte", image)
    context.write("x-labels-idx1-ubyte", labels)
    fit = ["fit", "table.csv", "-t", "y", "-q", "-e", "1"]
    context.run(*fit, "-o", "good.model")
    context.run("fit", "rows.libsvm", "-q", "-e", "1", "-o", "sparse.model")
    for section in (limits, streams, pipes, devices, names, many):
        yield from section(context, fit)


def limits(context, fit):
    """Little address space, data, file size and few open files."""
    for name, values in {
        "RLIMIT_AS": [64, 100, 200, 400],
        "RLIMIT_DATA": [5, 20, 50, 100, 1000],
        "RLIMIT_FSIZE": [0, 0.0001, 0.001],
    }.items():
        for megabytes in values:
            limit = (getattr(resource, name), int(megabytes * 2**20))
            for more in ([], ["--max-memory", "128M"], ["--cache"], ["--model", "mlp:64"]):
                command = [*fit, "-o", "limited.model", "--threads", "2", *more]
                # The loader of the system ends a process that has no room for its libraries, and the allocator one
                # that gets no page at all.
                codes = GOOD | {127, -6, -11} if name != "RLIMIT_FSIZE" and megabytes <= 200 else GOOD
                ended = context.run(*command, limits=[limit])
                left = [] if ended.code < 0 else context.left_behind()
                # The limit of the size of files holds for the file with the messages, too.
                silent = name == "RLIMIT_FSIZE" and ended.code == 1
                problem = (None if silent else ended.problem(codes)) or (f"left {left}" if left else None)
                yield f"{name} {megabytes} MB: {' '.join(command)}", problem
    for number in (5, 6, 8, 16):
        command = [*fit, "-o", "limited.model"]
        yield f"RLIMIT_NOFILE {number}", context.run(*command, limits=[(resource.RLIMIT_NOFILE, number)]).problem()


def streams(context, fit):
    """Standard streams that are closed, full, or have no reader."""
    runs = ["compare", "rosenbrock", "--steps", "50", "-q", *ONE_RUN]
    commands = {
        "fit": ([*fit, "-o", "s.model"], ["s.model"], 0),
        "predict": (["predict", "good.model", "table.csv", "-q"], [], 0),
        "compare": ([*runs, "--runs", "s.jsonl", "--plot", "s.svg", "--report", "s.html"], ["s.svg", "s.html"], 0),
        "minimize": (["minimize", "rosenbrock", "-q", "--plot", "m.svg", "--report", "m.html"], ["m.svg", "m.html"], 0),
        "diverged": (["minimize", "rosenbrock", "-m", "sgd", "--lr", "1e9", "-q"], [], 3),
        "inspect": (["inspect", "good.model"], [], 0),
        "methods": (["methods"], [], 0),
        "problems": (["problems"], [], 0),
        "help": (["--help"], [], 0),
    }
    for name, (command, outputs, code) in commands.items():
        for output in [*outputs, "s.jsonl"]:
            context.path(output).unlink(missing_ok=True)
        read, write = os.pipe()
        os.close(read)
        ended = context.run(*command, stdout=write)
        os.close(write)
        absent = [output for output in outputs if not context.path(output).exists()]
        problem = ended.problem({code}) if code or ended.code else None
        yield f"{name}, reader gone", problem or (f"{', '.join(absent)} not written" if absent else None)
        with open("/dev/full", "wb") as full:
            ended = context.run(*command, stdout=full)
            problem = ended.problem({1, code} - {0})
            if not problem and b"standard output" not in ended.err and code == 0:
                problem = f"the message does not name standard output: {ended.err[-200:]}"
            yield f"{name}, /dev/full", problem
            ended = context.run(*command, stderr=full)
            yield f"{name}, standard error full", None if ended.code in {0, 1, code} else ended.problem({0, 1, code})
        for closed in ("<&-", "2>&-", "<&- >&- 2>&-"):
            line = " ".join(command)
            ended = subprocess.run(
                ["sh", "-c", f"{context.program} {line} {closed} > closed.out"],
                cwd=context.folder,
                env=context.environment(),
                capture_output=True,
                timeout=60,
                check=False,
            )
            yield f"{name} {closed}", None if ended.returncode in {0, 1, code} else f"exit code {ended.returncode}"


def pipes(context, fit):
    """Data that can be read only once, in pieces."""
    random = context.random
    whole = {}
    for name, arguments in {"table.csv": ["-t", "y"], "rows.libsvm": []}.items():
        context.run("fit", name, *arguments, "-q", "-e", "1", "-o", "whole.model")
        whole[name] = context.path("whole.model").read_bytes()
    predictions = context.run("predict", "sparse.model", "rows.libsvm", "-q").out
    for lines in (1, 50, 500, 3_001):
        for name, arguments in {"table.csv": ["-t", "y"], "rows.libsvm": []}.items():
            for way in ("/dev/stdin", "-", "fifo", "/dev/fd/0"):
                for more in ([], ["--max-memory", "128M"]):
                    command = ["fit", way, *arguments, "-q", "-e", "1", "-o", "piped.model", *more]
                    ended = fed(context, command, context.path(name), lines, way, random)
                    problem = ended.problem({0})
                    if not problem and not more and context.path("piped.model").read_bytes() != whole[name]:
                        problem = "another model than from the file"
                    yield f"{' '.join(command)}, {name} in pieces of {lines} lines", problem
        ended = fed(
            context, ["predict", "sparse.model", "/dev/stdin", "-q"], context.path("rows.libsvm"), lines, "-", random
        )
        count = len(ended.out.splitlines())
        problem = ended.problem({0}) or (None if ended.out == predictions else f"{count} predictions, or others")
        yield f"predict /dev/stdin in pieces of {lines} lines", problem


def fed(context, command, path, lines, way, random):
    """Runs a command that reads a pipe or a FIFO, into which a file is written in pieces."""
    content = path.read_bytes().splitlines(keepends=True)
    pauses = [random.uniform(0, 0.002) for _ in range(50)]
    fifo = context.path("fifo")
    if way == "fifo":
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo)
        read = None
    else:
        read, write = os.pipe()

    def feed():
        try:
            with open(fifo if way == "fifo" else write, "wb", buffering=0) as pipe:
                for start in range(0, len(content), lines):
                    pipe.write(b"".join(content[start : start + lines]))
                    time.sleep(pauses[start // lines] if start // lines < len(pauses) else 0)
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=feed, daemon=True)
    writer.start()
    options = {"stdin": read} if read is not None else {}
    ended = context.run(*command, **options)
    if read is not None:
        os.close(read)
    elif ended.hung or ended.code:
        # A writer that waits for a reader of the FIFO is released.
        os.close(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK))
    writer.join(1)
    return ended


def devices(context, fit):
    """Devices, folders and impossible names as inputs and outputs."""
    for device in (
        "/dev/zero",
        "/dev/urandom",
        "/dev/full",
        "/dev/null",
        "/proc/self/status",
        "/proc/self/mem",
        "/",
        "t",
    ):
        for command in (
            ["fit", device, "-t", "y", "-o", "d.model", "-q", "-e", "1"],
            ["predict", "good.model", device, "-q"],
            ["predict", device, "table.csv", "-q"],
            ["inspect", device],
            ["compare", device, "-t", "y", "-q", "-e", "1"],
            ["compare", "--from", device, "-q"],
        ):
            yield " ".join(command), context.run(*command).problem({1, 2, 4}, memory_mb=300)
    for device in ("/dev/null", "/dev/full", "/", "t", "t/", "none/out.model", "good.model/out", "x/", "n" * 256):
        for command in ([*fit, "-o", device], ["predict", "good.model", "table.csv", "-q", "-o", device]):
            ended = context.run(*command)
            # What cannot be written is known before the training: nothing has been printed yet.
            problem = ended.problem({0} if device == "/dev/null" else {1, 2})
            if not problem and ended.code and device != "/dev/full" and ended.out:
                problem = "refused after the training only"
            yield " ".join(command), problem


def names(context, fit):
    """Names that are not UTF-8, or have meanings for shells, terminals and patterns."""
    odd = [b"bad\xff.csv", b"line\nend.csv", b"\x1b[31mred.csv", b"two  spaces.csv", b"quo'te\".csv", b"$(id).csv"]
    odd += [b"[ab].csv", b"*.csv", b"-x.csv", "ü\u202e.csv".encode(), b"a" * 251 + b".csv", b".hidden.csv"]
    folder = os.fsencode(context.folder)
    # Patterns such as `ta*` shall find the table alone.
    context.path("table.csv.cache").unlink(missing_ok=True)
    for name in odd:
        shutil.copy(context.path("table.csv"), os.path.join(folder, name))
        given = b"./" + name
        for command in (
            ["fit", given, "-t", "y", "-q", "-e", "1", "-o", "n.model"],
            ["predict", "good.model", given, "-q"],
            ["compare", given, "-t", "y", "-q", "-e", "1", *ONE_RUN],
        ):
            ended = context.run(*command)
            raw = [byte for byte in ended.out + ended.err if byte < 32 and byte != 10]
            # The file of runs beside the longest name has a longer one, which is said.
            too_long = command[0] == "compare" and len(name) == 255 and b"name is too long" in ended.err
            problem = ended.problem({1} if too_long else {0}) or (f"raw control characters {set(raw)}" if raw else None)
            yield f"{command[0]} {name!r}", problem
        for pattern in ("*.csv", "./*.csv", "?able.csv", "[t]able.csv", "**/table.csv", "ta*", "*/*.csv"):
            if name == b"bad\xff.csv":
                command = ["fit", pattern, "-t", "y", "-q", "-e", "1", "-o", "n.model"]
                yield f"{pattern} beside {name!r}", context.run(*command).problem({1} if "*/" == pattern[:2] else {0})
        os.unlink(os.path.join(folder, name))
    for name, target in {"loop": "loop", "dangling": "absent"}.items():
        context.path(name).symlink_to(target)
        yield f"data through the link {name}", context.run("fit", name, "-t", "y", "-q").problem({1, 2, 4})
        yield f"output through the link {name}", context.run(*fit, "-o", name).problem({0, 1, 2})
        context.path(name).unlink()
        context.path("absent").unlink(missing_ok=True)


def many(context, fit):
    """Many files, constant columns and threads: the time grows with their number, not with its square."""
    folder = context.path("many")
    folder.mkdir()
    for i in range(10_000):
        (folder / f"f{i:05}.csv").write_text(f"a,b,y\n1.{i},2,3.{i}\n2,3.{i},4\n3,1,{i}\n")
    command = ["fit", "many/*.csv", "-t", "y", "-q", "-e", "1", "-o", "many.model"]
    yield "10,000 files", context.run(*command, limits=[(resource.RLIMIT_NOFILE, 16)]).problem({0})
    shutil.rmtree(folder)
    context.write(
        "constant.csv",
        "\n".join([",".join(f"c{j}" for j in range(20_000)) + ",y"] + ["7," * 20_000 + f"{i}" for i in range(20)]),
    )
    yield (
        "20,000 constant columns",
        context.run("fit", "constant.csv", "-t", "y", "-q", "-e", "1", "-o", "c.model").problem(),
    )
    for threads in (1, 1_000, 20_000, 65_535):
        for command in ([*fit, "-o", "t.model"], ["predict", "good.model", "table.csv", "-q"]):
            ended = context.run(*command, "--threads", str(threads))
            yield f"{command[0]} --threads {threads}", ended.problem({0})
