"""Measures how long another library reads a file: python3 bench/peers/read.py LIBRARY FILE

Prints two lines of JSON. "cold": the first read of the file in this process, without its start and imports, after one of a few
rows, for which libraries load what they need; "warm": the best of several further reads. Peak memory is that of the whole
process after the first read, imports included.

Vowpal Wabbit reads its own text format of the same rows (FILE with the extension .vw, made by bench/make.py). It has no command
that only reads: here it predicts (-t) with all features ignored, so that nothing is computed; the time of its start, from a
file of one row, is subtracted.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Further reads end after so many, or after so many seconds.
TIMES, SECONDS = 5, 4.0


def seconds_of(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def reader(library, kind):
    """Returns the function with which a library reads a file."""
    if library == "polars":
        import polars as module
    elif library == "pandas":
        import pandas as module
    elif library == "pyarrow" and kind == "csv":
        from pyarrow import csv as module
    elif library == "pyarrow":
        from pyarrow import parquet

        return parquet.read_table
    else:
        from sklearn.datasets import load_svmlight_file

        return load_svmlight_file
    return getattr(module, f"read_{kind}")


def few_rows(path, kind, folder):
    """Writes the first rows of a file to another one; of Parquet only the columns."""
    few = f"{folder}/few.{kind}"
    if kind == "parquet":
        from pyarrow import parquet

        parquet.write_table(parquet.ParquetFile(path).schema_arrow.empty_table(), few)
    else:
        with open(path, "rb") as file, open(few, "wb") as out:
            out.writelines(line for line, _ in zip(file, range(100)))
    return few


def vowpal_seconds(path):
    command = [sys.executable, "-m", "vowpalwabbit", "--quiet", "-t", "--noconstant", "--ignore", " ", "-d"]
    with tempfile.NamedTemporaryFile("w", suffix=".vw") as one:
        one.write("1 | 1:1\n")
        one.flush()
        start = min(seconds_of(lambda: subprocess.run([*command, one.name], check=True)) for _ in range(3))
    return seconds_of(lambda: subprocess.run([*command, path], check=True)) - start


def tell(**what):
    print(json.dumps({key: round(value, 4) if isinstance(value, float) else value for key, value in what.items()}), flush=True)


def main():
    library, path = sys.argv[1:]
    if library == "Vowpal Wabbit":
        path = str(Path(path).with_suffix(".vw"))
        seconds = min(vowpal_seconds(path) for _ in range(3))
        # Each run is a process of its own, so that there is one number for both.
        for when in ("cold", "warm"):
            tell(library=library, when=when, seconds=seconds)
        return
    kind = Path(path).suffix[1:]
    read = reader(library, kind)
    with tempfile.TemporaryDirectory() as folder:
        read(few_rows(path, kind, folder))
    first = seconds_of(lambda: read(path))
    tell(library=library, when="cold", seconds=first, peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    further, began = [], time.perf_counter()
    while not further or len(further) < TIMES and time.perf_counter() - began < SECONDS:
        further.append(seconds_of(lambda: read(path)))
    tell(library=library, when="warm", seconds=min(further))


if __name__ == "__main__":
    main()
