"""Measures optimizer steps of this library and of others, taking turns, and writes a dated record.

Usage: python bench/step.py [--python PYTHON] [--ensmallen DIR] [--rust-peers BINARY]
       python bench/performance.py      makes docs/performance.md from the newest record

For each method of a part (a size, a number of threads and of tensors) every library runs once, ours first, then the next
method. The whole round is repeated, and a row of the record is the median over the rounds, so that a disturbance of the
machine affects all libraries alike. Requires cargo for ours and the Rust libraries, gcc for the C loop, g++ with Armadillo
for ensmallen, and a Python with the packages named in bench/peers/step.py; missing ones are skipped with a line on stderr.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "bench" / "peers"
ALL = (
    "sgd momentum nag adagrad ftrl rmsprop adadelta adam adamw nadam adamax amsgrad radam lion adabelief yogi adan "
    "lamb lars signsgd"
).split()
FAST, SLOW = ("c", "torch", "optax", "deepspeed"), ("ensmallen", "rust")
LARGE = ("16Mi", "64Mi")
LIBRARIES = ("ours", *FAST, *SLOW)
C_FLAGS = "-O3 -march=native -fno-math-errno".split()


@dataclass
class Part:
    """A setting, with the methods and libraries measured in it."""

    name: str
    sizes: str
    threads: int
    ours: list
    fast: list = field(default_factory=list)
    slow: list = field(default_factory=list)
    tensors: int = 1
    states: str = "f32"
    nonfinite: tuple = ("ignore",)

    def turns(self, quick):
        """Yields each method with the libraries that measure it."""
        for method in self.ours:
            if not quick or method in ("adamw", "sgd"):
                yield method, ["ours", *(FAST if method in self.fast else ()), *(SLOW if method in self.slow else ())]


FEW, SOME = ["adamw", "sgd", "momentum", "adagrad"], ["adamw", "adam", "sgd"]
PARTS = [
    Part("cached", "4Ki,1Mi", 1, ALL),
    Part("64Ki", "64Ki", 1, ALL, [*FEW, "adam", "rmsprop", "adadelta", "nadam", "adabelief", "yogi", "adan"], SOME),
    Part("1 tensor", "1Mi", 2, ["adamw", "sgd"], ["adamw", "sgd"], ["adamw", "sgd"]),
    Part("1024 tensors", "1Mi", 2, ["adamw", "sgd"], ["adamw", "sgd"], ["adamw", "sgd"], tensors=1024),
    Part("16Mi", "16Mi", 2, ALL, ALL, SOME),
    Part("64Mi", "64Mi", 2, ALL, FEW),
    Part("states", "64Mi", 2, ["adamw", "momentum", "adagrad"], states="f32,bf16,8bit"),
    Part("nonfinite 64Ki", "64Ki", 1, [*FEW, "lion"], nonfinite=("ignore", "refuse")),
    Part("nonfinite 16Mi", "16Mi", 2, [*FEW, "lion"], nonfinite=("ignore", "refuse")),
]


def note(text):
    print(f"bench/step.py: {text}", file=sys.stderr, flush=True)


def output(command, **options):
    """Returns the output of a command, or None with a message if it is missing or fails."""
    try:
        run = subprocess.run([*map(str, command)], capture_output=True, text=True, errors="replace", **options)
    except OSError as error:
        return note(f"{command[0]}: {error.strerror}")
    said = run.stderr.strip().splitlines() or ["nothing on stderr"]
    for line in said if run.returncode == 0 else [f"{command[0]} ended with {run.returncode}: {said[-1]}"]:
        if run.returncode or "left out" in line:
            note(line)
    return run.stdout if run.returncode == 0 else None


def cargo(name, *arguments, **environment):
    """Builds an executable and returns its path."""
    command = ["cargo", *arguments, "--message-format=json"]
    messages = output(command, cwd=ROOT, env=os.environ | environment) or ""
    for message in map(json.loads, filter(lambda line: line.startswith("{"), messages.splitlines())):
        if message.get("executable") and message["target"]["name"] == name:
            return message["executable"]
    return None


def compiled(compiler, source, to, *options):
    *flags, library = options
    built = output([compiler, *C_FLAGS, *flags, PEERS / source, "-o", to, library])
    return to if built is not None else None


def programs(options, folder):
    """Builds the selected libraries; maps each to a function from the number of threads to its command."""
    same = lambda program, *words: program and (lambda threads: [program, *words])
    python = lambda name: same(options.python, PEERS / "step.py", "--libraries", name)

    def ensmallen():
        include = ["-I", options.ensmallen] if options.ensmallen else []
        build = lambda to, *flags: compiled(
            "g++", "ensmallen.cpp", folder / to, "-std=c++17", "-DNDEBUG", *include, *flags, "-larmadillo")
        # Armadillo's parallel loops are slower on one thread.
        one, more = build("ensmallen1"), build("ensmallen2", "-fopenmp")
        return one and more and (lambda threads: [one if threads == 1 else more])

    def rust():
        if options.rust_peers:
            return same(options.rust_peers)
        note("builds candle and burn, which takes minutes the first time")
        manifest = PEERS / "rust" / "Cargo.toml"
        return same(cargo("thalweg-peers", "build", "-q", "--release", "--manifest-path", str(manifest),
                          RUSTFLAGS="-C target-cpu=native"))

    makers = {
        "ours": lambda: same(cargo("step", "bench", "-q", "-p", "thalweg", "--bench", "step", "--no-run")),
        "c": lambda: same(compiled("gcc", "step.c", folder / "c", "-fopenmp", "-lm")),
        "torch": lambda: python("torch"),
        "optax": lambda: python("optax"),
        "deepspeed": lambda: python("deepspeed"),
        "ensmallen": ensmallen,
        "rust": rust,
    }
    made = {name: makers[name]() for name in LIBRARIES if name in options.only}
    for name in [name for name, program in made.items() if program is None]:
        note(f"{name} left out: it was not built")
    return {name: program for name, program in made.items() if program}


def measure(library, program, part, method, environment):
    """Returns the rows of one method of one library in one part."""
    words = ["--methods", method, "--sizes", part.sizes, "--threads", part.threads]
    words += ["--tensors", part.tensors, "--format", "json"]
    for nonfinite in part.nonfinite:
        more = ["--state", part.states, "--nonfinite", nonfinite] if library == "ours" else []
        printed = output([*program(part.threads), *words, *more], env=environment)
        if not printed:
            note(f"{library} has no {method} in {part.name}")
        for row in json.loads(printed)["rows"] if printed else []:
            if library == "ours":
                row = {"library": "thalweg"} | row | {"nonfinite": nonfinite}
            yield {"part": part.name} | row


MEASURED = ["bytes_per_param", "ns_per_param", "gb_per_s", "roof_ns_per_param", "roof_ratio", "checked"]


def rounds(options, measured):
    """Measures everything in several rounds and returns the results of all rounds by row."""
    environment = os.environ | {"PATH": f"{Path(options.python).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    parts = [part for part in PARTS if part.name in options.parts]
    found, start, done = {}, time.monotonic(), 0
    while done < options.rounds:
        passed = (time.monotonic() - start) / 60
        if done and passed * (done + 1) / done > options.minutes:
            note(f"{done} rounds instead of {options.rounds}, lest it take more than {options.minutes:g} minutes")
            break
        for part in parts:
            for method, libraries in part.turns(options.quick):
                for library in filter(measured.get, libraries):
                    for row in measure(library, measured[library], part, method, environment):
                        key = tuple((name, value) for name, value in row.items() if name not in MEASURED)
                        found.setdefault(key, []).append(row)
            note(f"{(time.monotonic() - start) / 60:5.1f} min  round {done + 1}  {part.name}")
        done += 1
    return found, done


def median(key, found):
    """Returns a row of the record: medians, and the time in each round."""
    row = dict(key)
    for name in [name for name in MEASURED if name in found[0]]:
        values = [row[name] for row in found]
        row[name] = all(values) if name == "checked" else float(f"{statistics.median(values):.5g}")
    return row | {"ns_of_rounds": [float(f"{row['ns_per_param']:.5g}") for row in found]}


def machine():
    def text(path):
        try:
            return Path(path).read_text()
        except OSError:
            return ""

    cpu = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text("/proc/cpuinfo"), re.M))
    caches = {}
    for cache in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind = text(cache / "level").strip(), text(cache / "type").strip()
        if kind != "Instruction":
            caches[f"L{level}"] = text(cache / "size").strip().replace("K", " KiB")
    memory = re.search(r"MemTotal:\s*(\d+)", text("/proc/meminfo"))
    pages = re.search(r"\[(\w+)\]", text("/sys/kernel/mm/transparent_hugepage/enabled"))
    flags = cpu.get("flags", "").split()
    return {
        "cpu": cpu.get("model name", platform.processor()),
        "family": cpu.get("cpu family"),
        "model": cpu.get("model"),
        "instructions": [flag for flag in ("avx2", "fma", "avx512f", "avx512_bf16") if flag in flags],
        "cores": os.cpu_count(),
        "caches": caches,
        "memory_gib": memory and round(int(memory[1]) / (1 << 20), 1),
        "kernel": f"{platform.system()} {re.match(r'[0-9.]*', platform.release())[0]}",
        "transparent_huge_pages": pages and pages[1],
    }


def tools(python):
    version = lambda *command: (output(command) or "").partition("\n")[0] if shutil.which(command[0]) else None
    return {name: version(name, "--version") for name in ("rustc", "gcc", "g++")} | {
        "python": version(python, "--version"),
        "c_flags": " ".join(C_FLAGS),
    }


def main():
    listed = lambda text: text.split(",")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("--only", type=listed, default=LIBRARIES, help=f"of {','.join(LIBRARIES)}")
    parser.add_argument("--parts", type=listed, default=[part.name for part in PARTS],
                        help=f"of {','.join(part.name for part in PARTS)}")
    parser.add_argument("--quick", action="store_true", help="to see that all runs: one round, two methods, to 1 Mi")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=14, help="no round is begun that would end later (14)")
    parser.add_argument("--python", default=sys.executable, help="with the packages of bench/peers/step.py")
    parser.add_argument("--ensmallen", metavar="DIR", help="its include folder, where the compiler does not find it")
    parser.add_argument("--rust-peers", metavar="BINARY", help="bench/peers/rust where it is built")
    parser.add_argument("--out", type=Path, help="default: the dated record, or stdout where only a part is measured")
    options = parser.parse_args()
    names = {part.name for part in PARTS}
    if unknown := sorted({*options.only} - {*LIBRARIES}) + sorted({*options.parts} - names):
        parser.error(f"unknown: {', '.join(unknown)}")
    partial = options.quick or {*options.only} != {*LIBRARIES} or {*options.parts} != names
    if options.quick:
        options.rounds = 1
        options.parts = [part.name for part in PARTS if part.name in options.parts and part.sizes not in LARGE]

    with tempfile.TemporaryDirectory() as folder:
        measured = programs(options, Path(folder))
        load = os.getloadavg()[0]
        if load > 0.5:
            note(f"the load average is {load:.2f}: what else runs here spoils the numbers")
        found, done = rounds(options, measured)
    rows = [median(key, values) for key, values in found.items()]
    for row in rows:
        if row.get("checked") is False:
            note(f"WRONG RESULT: {row}")
    git = lambda *words: (output(["git", *words], cwd=ROOT) or "").strip()
    # Paths of this machine do not belong in the record.
    shown = shlex.join(sys.argv[1:])
    for name in ("python", "ensmallen", "rust-peers", "out"):
        shown = re.sub(rf"--{name}[ =]('[^']*'|\S+)", f"--{name} {name.upper()}", shown)
    record = {
        "date": datetime.date.today().isoformat(),
        "commit": git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"),
        "command": f"python bench/step.py {shown}".strip(),
        "rounds": done,
        "machine": machine() | {"load_before": round(load, 2)},
        "tools": tools(options.python),
        "libraries": {row["library"]: row["version"] for row in rows if "version" in row},
    }
    text = json.dumps(record, indent=2)[:-2] + ',\n  "rows": [\n    '
    text += ",\n    ".join(map(json.dumps, rows)) + "\n  ]\n}\n"
    if partial and not options.out:
        return print(text, end="")
    path = options.out or ROOT / "bench" / "records" / f"{record['date']}-step.json"
    path.write_text(text)
    note(f"wrote {path.name}: {len(rows)} rows, {done} rounds")


if __name__ == "__main__":
    main()
