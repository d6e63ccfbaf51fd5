"""Runs the program and judges how it ended."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "crates/thalweg-learn/tests/corpus"

# Success, failure, usage error, diverged, invalid data.
DOCUMENTED = frozenset({0, 1, 2, 3, 4})
MEMORY_MB = 1000


# A process begins with the memory of the one that started it, which here may hold large files: a small process between
# them measures the program alone.
MEASURE = """
import os, subprocess, sys
_, status, used = os.wait4(subprocess.Popen(sys.argv[2:]).pid, 0)
with open(sys.argv[1], "w") as peak:
    peak.write(str(used.ru_maxrss))
code = os.waitstatus_to_exitcode(status)
os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
"""


@dataclass(frozen=True)
class Ended:
    """Ending of a run; a negative code is a signal."""

    code: int
    out: bytes
    err: bytes
    seconds: float
    peak_mb: float
    hung: bool

    def problem(self, codes=DOCUMENTED, memory_mb=MEMORY_MB):
        """Returns what is wrong with the ending, or None."""
        said = self.err.decode(errors="replace").strip()[-300:]
        if self.hung:
            return f"not ended after {self.seconds:.0f} s"
        if b"panicked" in self.err or b"overflowed its stack" in self.err:
            return f"panic: {said}"
        if self.code not in codes:
            return f"exit code {self.code}, expected one of {sorted(codes)}: {said}"
        if self.code != 0 and not said:
            return f"exit code {self.code} without a message"
        if self.peak_mb > memory_mb:
            return f"peak of {self.peak_mb:.0f} MB, expected at most {memory_mb:.0f} MB; exit code {self.code}: {said}"
        return None


class Context:
    """The program, a random generator, and a folder for the files of a case."""

    def __init__(self, program, seed, hang_seconds, failures=None, folder=None):
        self.program, self.seed, self.hang_seconds, self.failures = str(program), seed, hang_seconds, failures
        self.folder = folder
        self.random = random.Random(seed)

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="stress-"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def for_section(self, name):
        """Returns a context with a folder and random numbers of its own, independent of other sections."""
        folder = self.folder / name
        (folder / "t").mkdir(parents=True)
        own = Context(self.program, self.seed, self.hang_seconds, self.failures, folder)
        own.random = random.Random(f"{self.seed} {name}")
        return own

    def keep(self, name):
        """Copies the files of a failed case."""
        if self.failures:
            section = self.folder / name.rsplit("-", 1)[0]
            shutil.copytree(section, self.failures / name, dirs_exist_ok=True, ignore_dangling_symlinks=True)

    def path(self, name):
        return self.folder / name

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def environment(self):
        return os.environ | {"TMPDIR": str(self.folder / "t"), "RUST_BACKTRACE": "0"}

    def start(self, *arguments, **options):
        """Starts the program in the folder."""
        options = {"cwd": self.folder, "env": self.environment()} | options
        return subprocess.Popen([*options.pop("prefix", []), self.program, *map(os.fspath, arguments)], **options)

    def run_measured(self, *arguments, **options):
        """Runs the program to its end, with the peak of its memory alone."""
        peak = self.path("peak")
        prefix = [sys.executable, "-I", "-S", "-c", MEASURE, str(peak)]
        ended = self.run(*arguments, prefix=prefix, start_new_session=True, **options)
        return ended if ended.hung else replace(ended, peak_mb=int(peak.read_text()) / 1024)

    def run(self, *arguments, data=None, limits=(), seconds=0, **options):
        """Runs the program to its end; `data` is its standard input, `limits` are pairs of a resource and a value.

        A long run may take `seconds`, if they are more than those of other runs.
        """

        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            for what, value in limits:
                resource.setrlimit(what, (value, value))

        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as stdin:
            stdin.write(data or b"")
            stdin.seek(0)
            options = {"stdin": stdin, "stdout": out, "stderr": err} | options
            started = time.monotonic()
            process = self.start(*arguments, preexec_fn=limit, **options)
            kill = kill_group if options.get("start_new_session") else subprocess.Popen.kill
            hung, status, used = wait(process, max(seconds, self.hang_seconds), kill)
            elapsed = time.monotonic() - started
            out.seek(0)
            err.seek(0)
            code = os.waitstatus_to_exitcode(status)
            return Ended(code, out.read(), err.read(), elapsed, used.ru_maxrss / 1024, hung)

    def left_behind(self):
        """Returns the temporary files in the folder and in the folder for temporary files.

        A model that could not be written to its place is kept in the folder for temporary files, as the error says.
        """
        for path in (self.folder / "t").glob("thalweg-*.model"):
            path.unlink()
        hidden = [path.name for path in self.folder.iterdir() if path.name.startswith((".thalweg-", ".tmp"))]
        return sorted(hidden + [f"t/{path.name}" for path in (self.folder / "t").iterdir()])


def kill_group(process):
    """Kills a process and those that it started, which are a group of their own."""
    os.killpg(process.pid, signal.SIGKILL)


def wait(process, seconds, kill=subprocess.Popen.kill):
    """Waits for a process and kills it after some seconds. Returns if that was needed, its status, and its usage."""
    end = time.monotonic() + seconds
    pause = 0.001
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return False, status, used
        if time.monotonic() > end:
            kill(process)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            return True, status, used
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
