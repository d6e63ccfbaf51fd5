"""What reading and learning are to reach, and what a record of bench/learn.py has of it."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass


def find(rows, part, library="thalweg", **wanted):
    """Yields the rows of a library whose fields have these values; of a method, its name without hyperparameters."""
    for row in rows:
        fields = row | {"method": row.get("method", "").split(":")[0]}
        if row["part"] == part and row["library"] == library and all(fields.get(name) == of for name, of in wanted.items()):
            yield row


def by_turn(rows, field):
    return {row["turn"]: row[field] for row in rows if field in row}


def of_turns(first, second):
    """Returns the median of the ratios of the turns that both have; `None` without any."""
    ratios = [value / second[turn] for turn, value in first.items() if turn in second]
    return statistics.median(ratios) if ratios else None


def ratio(part, field, ours, theirs):
    """Returns a function from rows to the ratio of our value to that of others, each given by fields of its rows."""
    return lambda rows: of_turns(by_turn(find(rows, part, **ours), field), by_turn(find(rows, part, **theirs), field))


def times(part, field, ours, theirs):
    """Like `ratio`, the other way round: how often our time is contained in that of others."""
    return ratio(part, field, theirs, ours)


def median(part, field, **ours):
    def value(rows):
        values = by_turn(find(rows, part, **ours), field).values()
        return statistics.median(values) if values else None

    return value


def fastest(part, field, ours):
    """Returns a function to how often our time is contained in that of the fastest other library."""
    def value(rows):
        others = {row["library"] for row in rows if row["part"] == part} - {"thalweg", "roof"}
        ratios = [times(part, field, ours, {"library": other})(rows) for other in others]
        return min(ratios, default=None)

    return value


def quotient(part, numerator, denominator, **ours):
    """Returns a function to the median of the ratio of two fields of the same row."""
    def value(rows):
        values = [row[numerator] / row[denominator] for row in find(rows, part, **ours) if denominator in row]
        return statistics.median(values) if values else None

    return value


@dataclass
class Aim:
    """A bound on a number that a record has: at least `bound`, or at most if `is_most`."""

    what: str
    bound: float
    unit: str
    value: Callable
    is_most: bool = False

    def is_met(self, value):
        return value <= self.bound if self.is_most else value >= self.bound


def faster(what, bound, other, part, field, ours, theirs, is_time=True):
    """Returns the aim to have at least `bound` times the speed of another library."""
    return Aim(what, bound, f"times the speed of {other}", (times if is_time else ratio)(part, field, ours, theirs))


def shorter(what, bound, other, part, ours, theirs, field="seconds"):
    return Aim(what, bound, f"of the time of {other}", ratio(part, field, ours, theirs), True)


def within_memory(what, part):
    unit = "of 1.5 × the encoded rows + 64 MiB"
    return Aim(f"{what} to encoded rows: peak memory of the process", 1.0, unit, quotient(part, "peak_mib", "limit_mib"), True)


def scaling(what, file, when):
    return faster(f"Reading {what}, {when}, with two threads", 1.8, "one thread", "threads", "seconds",
                  {"file": file, "when": when}, {"file": file, "when": f"{when}, one thread"})


COLD = {"when": "cold"}
SPARSE = "Sparse rows, {}, batches of 256"
VOWPAL, SKLEARN = {"library": "Vowpal Wabbit"}, {"library": "scikit-learn"}

AIMS = [
    shorter("CSV of a million rows × 29, from the start of the program to encoded rows", 0.8, "the first read of polars", "csv",
            COLD, {"library": "polars"} | COLD),
    shorter("Mixed CSV of 494 MB, from the start of the program to encoded rows", 1.0, "the first read of polars", "mixed",
            COLD, {"library": "polars"} | COLD),
    shorter("Parquet of a million rows × 29, from the start of the program to encoded rows", 1.2, "the first read of pyarrow",
            "parquet", COLD, {"library": "pyarrow"} | COLD),
    *(faster(f"libsvm text to {what}", bound, other["library"], "libsvm", "seconds", {"when": when}, other | {"when": when})
      for what, when in (("encoded rows, cold", "cold"), ("columns, warm", "warm")) for other, bound in ((VOWPAL, 2.0), (SKLEARN, 20.0))),
    *(scaling(*file) for file in (("CSV", "dense.csv", "cold"), ("CSV", "dense.csv", "warm"), ("mixed CSV", "mixed.csv", "cold"))),
    *(within_memory(*read) for read in (("CSV", "csv"), ("Mixed CSV", "mixed"), ("Parquet", "parquet"), ("libsvm text", "libsvm"))),
    Aim("The whole fit of the CSV file, five epochs", 4.0, "times the speed of the fastest other", fastest("fit", "seconds", {})),
    *(Aim(f"Dense rows, batches of {batch:,}", bound, "of the roof", quotient("dense", "rows_per_s", "roof_rows_per_s", batch=batch))
      for batch, bound in ((256, 0.6), (4096, 0.8))),
    *(faster(f"Dense rows, batches of {batch:,}", bound, "PyTorch", "dense", "rows_per_s", {"batch": batch},
             {"library": "PyTorch", "batch": batch}, False) for batch, bound in ((256, 60.0), (4096, 20.0))),
    faster("Dense rows, batches of 4,096", 14.0, "scikit-learn", "dense", "rows_per_s", {"batch": 4096}, SKLEARN, False),
    *(shorter(f"Fashion-MNIST, {model}, an epoch", bound, "PyTorch", "images", {"model": model}, {"library": "PyTorch", "model": model},
              "epoch_seconds") for model, bound in (("softmax", 0.7), ("mlp:256,128", 0.8))),
    *(faster(SPARSE.format(name), bound, other["library"], "sparse", "numbers_per_s", {"method": method, "threads": 2}, other, False)
      for name, method, other, bound in (
          ("AdaGrad", "adagrad", VOWPAL, 2.5), ("AdaGrad", "adagrad", SKLEARN, 1.5), ("FTRL", "ftrl", VOWPAL, 2.5),
          ("FTRL", "ftrl", SKLEARN, 1.5), ("Adam", "adam", VOWPAL, 1.2))),
    *(faster(SPARSE.format(name) + ", two threads", 1.7, "one thread", "sparse", "numbers_per_s",
             {"method": method, "threads": 2}, {"method": method, "threads": 1}, False)
      for name, method in (("AdaGrad", "adagrad"), ("Adam", "adam"))),
    Aim("Predictions from CSV to CSV, 4 numbers a row", 5e6, "rows/s", median("predict", "rows_per_s", file="short.csv")),
    Aim("First prediction out of a pipe", 50.0, "ms", median("predict", "pipe_ms", file="short.csv"), True),
    faster("Rows per second of a fit to 10 GB with 512 MiB", 0.9, "one to 3 GB", "scale", "rows_per_s",
           {"gigabytes": 10}, {"gigabytes": 3}, False),
    Aim("Second epoch from the temporary file, 10 GB", 3.0, "times the speed of reading and the first",
        quotient("scale", "first_seconds", "second_seconds", gigabytes=10)),
    Aim("Memory of the fit to 10 GB", 512.0, "MiB", median("scale", "peak_mib", gigabytes=10), True),
]
