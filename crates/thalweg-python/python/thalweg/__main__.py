"""The program ``thalweg``, which ``python -m thalweg`` and the console script run."""

from __future__ import annotations

import signal
import sys

from ._thalweg import run_program

__all__ = ["main"]


def main() -> int:
    """Run the program with the arguments of the process, and return its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # The program handles it: Python would add a KeyboardInterrupt at the end.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_program(["thalweg", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
