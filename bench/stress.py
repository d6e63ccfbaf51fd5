"""Tries to make the program lose data, exceed its memory, hang or panic.

Usage: python3 bench/stress.py [--program FILE] [--seed N] [--minutes M] [--hang SECONDS] [--only SECTION …]
                               [--failures FOLDER]

Each section yields cases; the sections take turns until all of their cases are done or the minutes are over. The same
seed gives the same cases. The sections and what they require:

mutations    damaged files of every format are read or refused: documented exit code, no panic, no hang, bounded memory
descriptions damaged descriptions in models and files of runs, value by value
crafted      small files that claim to be large
kills        a killed run leaves the old or the new output; the next run removes its temporary files
resume       a fit that is killed and resumed until it is done ends with the same model, byte for byte
failures     system calls that fail: full disk, input/output errors (needs strace)
resources    limits, closed and full streams, pipes, devices, odd names
sharing      files that change while they are read, stale caches, two processes on the same outputs
outputs      an output is never a file that is read
ceiling      the memory stays below --max-memory, or the run is refused
escapes      control characters and markup in names and labels never reach a terminal, a table or a page
commands     random options on random tables
"""

import argparse
import importlib
import sys
import time
import traceback
from pathlib import Path

from stress_cases.runner import Context

SECTIONS = [line.split()[0] for line in __doc__.split("require:\n\n")[1].splitlines()]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path("target/release/thalweg"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=2, help="time budget [default: 2]")
    parser.add_argument("--hang", type=float, default=20, help="seconds within which each run must end [default: 20]")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION")
    parser.add_argument("--failures", type=Path, help="folder to which the files of failed cases are copied")
    return parser.parse_args()


class Section:
    """Cases of one kind and the counts of their results."""

    def __init__(self, name, context):
        self.name, self.tried, self.failed, self.skipped, self.seconds = name, 0, 0, None, 0.0
        module = importlib.import_module(f"stress_cases.{name}")
        self.skipped = module.missing() if hasattr(module, "missing") else None
        self.cases = iter(()) if self.skipped else module.cases(context)

    def advance(self, context):
        """Runs the next case. Returns false if there is none."""
        started = time.monotonic()
        try:
            case, problem = next(self.cases)
        except StopIteration:
            return False
        except Exception:  # What the program did leaves nothing to go on with: the last case of this section.
            self.tried, self.failed = self.tried + 1, self.failed + 1
            print(f"FAILED {self.name}: {traceback.format_exc()}", flush=True)
            context.keep(f"{self.name}-{self.tried}")
            return False
        finally:
            self.seconds += time.monotonic() - started
        self.tried += 1
        if problem:
            self.failed += 1
            print(f"FAILED {self.name}: {case}\n       {problem}", flush=True)
            context.keep(f"{self.name}-{self.tried}")
        return True


def main():
    options = arguments()
    program = options.program.resolve()
    if not program.is_file():
        sys.exit(f"{program}: expected the program, found no file (cargo build --release)")
    end = time.monotonic() + 60 * options.minutes
    with Context(program, options.seed, options.hang, options.failures) as context:
        sections = [Section(name, context.for_section(name)) for name in options.only]
        active = list(sections)
        while active and time.monotonic() < end:
            # The section that has used the least time comes next, so that slow cases do not displace the others.
            section = min(active, key=lambda one: one.seconds)
            if not section.advance(context):
                active.remove(section)
    print(f"seed {options.seed}\nsection       cases  failed  seconds")
    for section in sections:
        note = f"  SKIPPED: {section.skipped}" if section.skipped else "  (more cases)" if section in active else ""
        print(f"{section.name:<12} {section.tried:>6} {section.failed:>7} {section.seconds:>8.1f}{note}")
    return 1 if any(section.failed for section in sections) else 0


if __name__ == "__main__":
    sys.exit(main())
