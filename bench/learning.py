"""Makes docs/learning.md from the newest record of bench/learn.py. Every number of the page is from the record.

Usage: python bench/learning.py [RECORD] [--out FILE]
"""

import argparse
import json
import statistics
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Part:
    """Measurement of one kind: its rows have `part`, and the quantity as `field`."""

    part: str
    title: str
    field: str
    unit: str
    scale: float = 1.0
    # Field that rows of one comparison have in common, and the fields that the table tells besides.
    key: str = ""
    told: tuple = ()

    def is_time(self):
        return self.field.endswith("seconds")


PARTS = [
    Part("read", "A CSV file of a million rows of 29 numbers, from disk to columns in memory", "seconds", "s"),
    Part("fit", "The same file, from the start of the program to a model and a report: logistic regression, five epochs, "
         "batches of 4,096", "seconds", "s"),
    Part("dense", "A million rows of 28 numbers in memory, logistic regression by gradient descent", "rows_per_s", "M rows/s", 1e-6,
         "batch"),
    Part("libsvm", "libsvm text of 200,000 rows with 60 of a million features", "mb_per_s", "MB/s"),
    Part("sparse", "Rows with 60 of a million features in memory, logistic regression, batches of 256 (others: single rows)",
         "numbers_per_s", "M numbers/s", 1e-6, "", ("method", "held_out_loss")),
    Part("images", "Fashion-MNIST, an epoch of Adam with batches of 256, for 60,000 rows", "epoch_seconds", "s", 1.0, "model"),
    Part("text", "20 newsgroups, word counts, from file to model", "seconds", "s", 1.0, "", ("model", "accuracy")),
]


def number(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def cell(value):
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def value_of(part, row):
    """Returns the quantity of a row; the time of an epoch on fewer rows is told for those of the others."""
    rows = 60_000 / row["rows"] if part.part == "images" and "rows" in row else 1.0
    return row[part.field] * part.scale * rows


def medians(part, rows):
    """Yields each setting of a library with the median of its turns."""
    settings = {}
    for row in rows:
        setting = (row["library"], *(row.get(name) for name in (part.key, *part.told) if name))
        settings.setdefault(setting, []).append(row)
    for same in settings.values():
        yield same[0], statistics.median(value_of(part, row) for row in same)


def comparisons(part, rows):
    """Yields each row of another library with its value, the best of ours with the same key, and the ratio of speeds."""
    of_all = list(medians(part, rows))
    best = min if part.is_time() else max
    for row, theirs in of_all:
        ours = [value for our, value in of_all if our["library"] == "thalweg" and our.get(part.key) == row.get(part.key)]
        if row["library"] != "thalweg" and ours:
            ours = best(ours)
            yield row, theirs, ours, theirs / ours if part.is_time() else ours / theirs


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def name_of(row):
    return "Thalweg" if row["library"] == "thalweg" else row["library"]


def section(part, rows):
    names = [name for name in (part.key, *part.told) if name]
    head = ["", *(name.replace("_", " ") for name in names), part.unit, "Thalweg is faster by"]
    ratios = {id(row): ratio for row, _, _, ratio in comparisons(part, rows)}
    body = []
    for row, value in medians(part, rows):
        ratio = ratios.get(id(row))
        body.append([name_of(row), *(cell(row.get(name, "")) for name in names), number(value), f"{ratio:.2f}×" if ratio else ""])
        if "roof_rows_per_s" in row:
            body[-1][0] += f" ({row['rows_per_s'] / row['roof_rows_per_s']:.2f} of the roof)"
    return f"## {part.title}\n\n{table(head, body)}"


def setting(part, row):
    return ", ".join(str(row[name]) for name in (part.key, *part.told) if isinstance(row.get(name), str | int))


def slower(parts):
    """Tells every setting of ours with the same key as a faster one of another library."""
    found = []
    for part, rows in parts:
        of_all = list(medians(part, rows))
        for row, theirs in of_all:
            for our, ours in of_all:
                ratio = theirs / ours if part.is_time() else ours / theirs
                is_pair = (our["library"] == "thalweg") != (row["library"] == "thalweg") and our["library"] == "thalweg"
                if is_pair and our.get(part.key) == row.get(part.key) and ratio < 1:
                    names = [f"{name} ({of})" if (of := setting(part, one)) else name
                             for one, name in ((our, "Thalweg"), (row, row["library"]))]
                    found.append((ratio, f"- {part.title}: {names[0]} has {ratio:.2f} of the speed of {names[1]}."))
    return "\n".join(line for _, line in sorted(found)) or "In no comparison of this record."


def page(path):
    record = json.loads(path.read_text())
    machine = "\n".join(f"- {name}: {round(value, 2) if isinstance(value, float) else value}" for name, value in record["machine"].items())
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(record["libraries"].items()))
    parts = [(part, [row for row in record["rows"] if row["part"] == part.part]) for part in PARTS]
    parts = [(part, rows) for part, rows in parts if rows]
    return f"""# Speed of reading and learning

Generated from [the record of {record["date"]}](../bench/records/{path.name}) by `bench/learning.py`; every number is from
the record, made at commit {record["commit"]} by `python3 bench/learn.py FOLDER DATA --out FILE`.

Thalweg was measured before and after the other libraries, all on both cores of one machine in one sitting; its number is
the median of the two. Others: the best of a few runs. **The roof** is a loop that reads the rows once in random order and
does nothing else. Other machines and versions were not measured than these:

{machine}
- libraries: {libraries}

## Where it is slower

{slower(parts)}

{chr(10) + chr(10).join(section(part, rows) + chr(10) for part, rows in parts)}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path, nargs="?", default=max((ROOT / "bench/records").glob("*-learn.json")))
    parser.add_argument("--out", type=Path, default=ROOT / "docs/learning.md")
    arguments = parser.parse_args()
    arguments.out.write_text(page(arguments.record).replace("\n\n\n", "\n\n").rstrip() + "\n")


if __name__ == "__main__":
    main()
