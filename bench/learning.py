"""Makes docs/learning.md from the newest record of bench/learn.py. Every number of the page is from the record.

Usage: python bench/learning.py [RECORD] [--out FILE]
"""

import argparse
import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from aims import AIMS, of_turns

ROOT = Path(__file__).resolve().parents[1]
PLACE = 120


@dataclass
class Part:
    """Measurement of one kind: its rows have `part`, and the quantity as `field`."""

    part: str
    title: str
    field: str
    unit: str
    scale: float = 1.0
    # Fields that compared rows have in common, fields that tell rows of a library apart, and numbers told besides.
    keys: tuple = ()
    names: tuple = ()
    numbers: tuple = ()
    text: str = ""

    def is_time(self):
        return self.field.endswith("seconds")


READ = {"field": "seconds", "unit": "s", "keys": ("when",), "numbers": ("peak_mib",)}
PARTS = [
    Part("csv", "A CSV file of a million rows of 29 numbers, 265 MB", **READ),
    Part("mixed", "A CSV file of numbers, categories, dates, missing values and quoted texts, 494 MB", **READ,
         text="3,100,000 rows of 12 numbers, 5 categories, 2 dates, a text and a label."),
    Part("parquet", "The million rows of 29 numbers as Parquet, 231 MB", **READ),
    Part("libsvm", "libsvm text of 200,000 rows with 54.5 of a million features, 79 MB", **READ,
         text="Vowpal Wabbit reads the same rows as its own text (80 MB): it predicts with all features ignored, so that it "
         "computes nothing, without the time of its start."),
    Part("threads", "Reading with two threads and with one", "seconds", "s", keys=("file",), names=("when",)),
    Part("predict", "Predictions of a linear model for a million rows, from CSV file to CSV file, the whole program", "rows_per_s",
         "M rows/s", 1e-6, ("file",), numbers=("pipe_ms", "peak_mib"),
         text="The rows have 4 numbers and a target (37 MB), or 28 and a label (265 MB). `pipe ms`: from a row written to a pipe to "
         "its prediction, the longest of the first five rows."),
    Part("scale", "Fits to files of 3 and 10 GB with 512 MiB, three epochs, the whole program", "rows_per_s", "M rows/s", 1e-6,
         ("gigabytes",), numbers=("first_seconds", "second_seconds", "peak_mib"),
         text="Reading with the first epoch, and the second epoch, which reads encoded rows from a temporary file."),
    Part("fit", "The CSV file of a million rows, from the start of the program to a model and a report: logistic regression, five "
         "epochs, batches of 4,096", "seconds", "s"),
    Part("dense", "A million rows of 28 numbers in memory, logistic regression by gradient descent", "rows_per_s", "M rows/s", 1e-6,
         ("batch",)),
    Part("sparse", "Rows with 54.5 of a million features in memory, logistic regression, batches of 256 (others: single rows)",
         "numbers_per_s", "M numbers/s", 1e-6, ("threads",), ("method",), ("held_out_loss",)),
    Part("images", "Fashion-MNIST, an epoch of Adam with batches of 256, for 60,000 rows", "epoch_seconds", "s", keys=("model",),
         numbers=("accuracy_after_5",)),
    Part("text", "20 newsgroups, word counts, from file to model", "seconds", "s", names=("model",), numbers=("accuracy",)),
]


def number(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def value_of(part, row):
    """Returns the quantity of a row; the time of an epoch on fewer rows is told for those of the others."""
    rows = 60_000 / row["rows"] if part.part == "images" and "rows" in row else 1.0
    return row[part.field] * part.scale * rows


class Setting:
    """The rows of one setting of a library, of which each turn has one."""

    def __init__(self, part, rows):
        self.part, self.rows = part, rows
        self.library = rows[0]["library"]
        self.turns = {row["turn"]: value_of(part, row) for row in rows}
        self.value = statistics.median(self.turns.values())

    def tell(self, name):
        """Returns a field as text: the median of numbers."""
        values = [row[name] for row in self.rows if name in row]
        if not values:
            return ""
        return number(statistics.median(values)) if name in self.part.numbers else str(values[0])

    def key(self):
        # A row without the field, such as `threads`, is compared with those of all cores.
        return tuple(self.rows[0].get(name, 2 if name == "threads" else None) for name in self.part.keys)

    def title(self):
        name = {"thalweg": "Thalweg", "roof": "the roof"}.get(self.library, self.library)
        of_roof = [row["rows_per_s"] / row["roof_rows_per_s"] for row in self.rows if "roof_rows_per_s" in row]
        return f"{name} ({statistics.median(of_roof):.2f} of the roof)" if of_roof else name

    def with_names(self):
        names = (name for name in (*self.part.keys, *self.part.names) if name != "threads")
        told = ", ".join(filter(None, map(self.tell, names)))
        return f"{self.title()} ({told})" if told else self.title()


def settings(part, rows):
    groups = {}
    for row in rows:
        groups.setdefault((row["library"], *(row.get(name) for name in (*part.keys, *part.names))), []).append(row)
    return [Setting(part, same) for same in groups.values()]


def speed(ours, theirs):
    """Returns the median over turns of the ratio of our speed to that of others; of medians if no turns are the same."""
    pair = (theirs, ours) if ours.part.is_time() else (ours, theirs)
    return of_turns(pair[0].turns, pair[1].turns) or pair[0].value / pair[1].value


def comparisons(part, rows):
    """Yields each setting of ours with each one of another library that has the same keys, and the ratio of speeds."""
    of_all = settings(part, rows)
    for ours in of_all:
        for theirs in of_all:
            if ours.library == "thalweg" and theirs.library not in ("thalweg", "roof") and ours.key() == theirs.key():
                yield ours, theirs, speed(ours, theirs)


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def wrapped(text, first="", rest=""):
    """Breaks a paragraph into lines."""
    lines, line = [], first
    for word in text.split():
        if len(line) + len(word) > PLACE:
            lines.append(line.rstrip())
            line = rest
        line += word + " "
    return "\n".join([*lines, line.rstrip()])


def section(part, rows, about):
    names = [*part.keys, *part.names, *part.numbers]
    best = {}
    for _, theirs, ratio in comparisons(part, rows):
        best[id(theirs.rows[0])] = max(ratio, best.get(id(theirs.rows[0]), 0.0))
    compares = any(row["library"] not in ("thalweg", "roof") for row in rows)
    faster = ["Thalweg is faster by"] if compares else []
    head = ["", *(name.replace("_", " ").replace("mib", "MiB") for name in names), part.unit, *faster]
    body = []
    for one in settings(part, rows):
        ratio = best.get(id(one.rows[0]))
        body.append([one.title(), *map(one.tell, names), number(one.value), *([f"{ratio:.2f}×" if ratio else ""] if compares else [])])
    turns = len({row["turn"] for row in rows})
    made = f"Commit {about['commit']}, {about['time']}, {turns} turn{'s' if turns > 1 else ''}."
    return f"## {part.title}\n\n{wrapped(' '.join(filter(None, (part.text, made))))}\n\n{table(head, body)}"


def slower(parts):
    """Lists every setting of ours with the same keys as a faster one of another library."""
    found = [(ratio, f"{part.title}: {ours.with_names()} has {ratio:.2f} of the speed of {theirs.with_names()}.")
             for part, rows in parts for ours, theirs, ratio in comparisons(part, rows) if ratio < 1]
    return "\n".join(wrapped(line, "- ", "  ") for _, line in sorted(found)) or "In no comparison of this record."


def aims(rows):
    """Returns the aims that are missed as a list, and all of them as a table."""
    missed, body = [], []
    for aim in AIMS:
        value, word = aim.value(rows), "at most" if aim.is_most else "at least"
        has = "not measured" if value is None else number(value)
        is_missed = value is not None and not aim.is_met(value)
        if is_missed:
            missed.append(wrapped(f"{aim.what}: {has} {aim.unit}; {word} {number(aim.bound)} is aimed at.", "- ", "  "))
        state = "missed" if is_missed else "" if value is None else "met"
        body.append([f"{aim.what}, {aim.unit}", f"{word} {number(aim.bound)}", has, state])
    return "\n".join(missed) or "All of them are met.", table(["", "aim", "measured", ""], body)


def page(path):
    record = json.loads(path.read_text())
    told = "\n".join(f"- {name}: {value}" for name, value in record["machine"].items())
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(record["libraries"].items()))
    parts = [(part, [row for row in record["rows"] if row["part"] == part.part]) for part in PARTS]
    parts = [(part, rows) for part, rows in parts if rows]
    missed, all_aims = aims(record["rows"])
    return f"""# Speed of reading and learning

Generated from [the record of {record["date"]}](../bench/records/{path.name}) by `bench/learning.py`; every number is from
the record, made by `python3 bench/learn.py FOLDER DATA --out FILE`.

All were measured on both cores of one machine, in turns: in each turn Thalweg, then the other libraries, of which each has
the best of a few runs. A number is the median of the turns, a ratio the median of the ratios within a turn.

Of reading, `cold` is the time from the start of the program until encoded rows are in memory, with types, statistics and
the division into training and validation rows; of others, their first read of the file to their table, after one of a few
rows, without the start of Python. `warm` is the best of several reads in one process to columns in memory. Peak memory is
that of the whole process, to which the libraries that are loaded belong, and with Thalweg the evaluation of a model.

**The roof** is a loop that does only what cannot be avoided: of training, all cores read the rows once in random order; of
files, two threads copy them from the cache of the system and write as many bytes as the result has. Fits to more rows
than memory have [a record of their own](../bench/records/2026-11-30-scale.md). Other machines and versions were not
measured than these:

{told}
- libraries: {libraries}

## Where it is slower

Than another library:

{slower(parts)}

Than is aimed at:

{missed}

{chr(10) + chr(10).join(section(part, rows, record["parts"][part.part]) + chr(10) for part, rows in parts)}
## All aims

{all_aims}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path, nargs="?", default=max((ROOT / "bench/records").glob("*-learn.json")))
    parser.add_argument("--out", type=Path, default=ROOT / "docs/learning.md")
    arguments = parser.parse_args()
    arguments.out.write_text(page(arguments.record).replace("\n\n\n", "\n\n").rstrip() + "\n")


if __name__ == "__main__":
    main()
