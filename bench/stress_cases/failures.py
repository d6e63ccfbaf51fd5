"""System calls that fail or at which the run is killed: a full disk, input and output errors, SIGKILL."""

import shutil
import signal
import subprocess

from .files import table
from .kills import scenarios, whole

CALLS = ["write", "fsync", "openat", "rename", "unlink", "ftruncate", "pwrite64", "fchmod", "flock"]
CASES = 480


def missing():
    """Returns why this section cannot run, or None."""
    if not shutil.which("strace"):
        return "strace is not installed"
    probe = subprocess.run(["strace", "-e", "inject=getppid:error=EIO", "true"], capture_output=True, check=False)
    return None if probe.returncode == 0 else "strace is not permitted"


def cases(context):
    random = context.random
    context.write("small.csv", table(random, 300))
    context.write("rows.csv", table(random, 3_000, 4))
    context.run("fit", "rows.csv", "-t", "y", "-o", "old.model", "-e", "1")
    for _ in range(CASES):
        name, arguments, stdin, outputs = random.choice(scenarios())
        data = context.path(stdin).read_bytes() if stdin else None
        context.run(*arguments, data=data)
        old = {output: context.path(output).read_bytes() for output in outputs if context.path(output).exists()}
        call = random.choice(CALLS)
        what = random.choice(["error=ENOSPC", "error=EIO", "signal=SIGKILL", "signal=SIGTERM"])
        when = f"{random.randint(30, 120)}" if call == "openat" else f"{random.randint(1, 12)}"
        when += random.choice(["", "+"]) if call == "write" else ""
        prefix = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
        prefix += ["-e", f"inject={call}:{what}:when={when}"]
        ended = context.run(*arguments, data=data, prefix=prefix, seconds=60)
        # Standard error may be what fails.
        signalled = {-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGTERM} if "signal" in what else set()
        problem = None if ended.code in {0, 1, 3, 4} | signalled and not ended.hung else ended.problem()
        problem = problem or (f"panic: {ended.err[-300:]}" if b"panicked" in ended.err else None)
        for output in old if not problem else ():
            content = context.path(output).read_bytes() if context.path(output).exists() else b""
            if content != old[output] and not whole(context, output, content):
                problem = f"{output} is incomplete: {len(content)} bytes, exit code {ended.code}"
        if not problem:
            context.run(*arguments, data=data)
            left = context.left_behind()
            problem = f"the next run left {', '.join(left)}" if left else None
        yield f"{name}: {what} at call {when} of {call}", problem
