"""Makes docs/performance.md from the newest record of bench/step.py. Every number of the page is from the record.

Usage: python bench/performance.py [RECORD] [--out FILE]
"""

import argparse
import json
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FAST = ["C loop", "deepspeed", "torch fused", "torch foreach", "torch loop", "optax"]
SLOW = ["ensmallen", "candle-nn", "candle-optimisers", "burn-flex"]
SHOWN = {
    "thalweg": "Thalweg", "deepspeed": "DeepSpeed", "torch fused": "PyTorch fused", "torch foreach": "PyTorch foreach",
    "torch loop": "PyTorch loop", "optax": "Optax", "candle-nn": "candle", "burn-flex": "burn",
}
STREAMED = ["16Mi", "64Mi"]


def size(n):
    return f"{n >> 20} Mi" if n % (1 << 20) == 0 else f"{n >> 10} Ki" if n % (1 << 10) == 0 else str(n)


def ns(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def shown(library):
    return SHOWN.get(library, library)


def times(ratio):
    return f"{ratio:.2f}×" if ratio < 10 else f"{ratio:.0f}×"


def table(head, rows):
    """Returns a table with a column of text and columns of numbers; empty if there are no rows."""
    rows = list(rows)
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) if rows else ""


class Record:
    def __init__(self, path):
        self.path = path
        self.all = json.loads(path.read_text())
        self.rows = self.all["rows"]

    def find(self, part, library="thalweg", **wanted):
        wanted |= {"part": part, "library": library}
        return [row for row in self.rows if all(row.get(name) == value for name, value in wanted.items())]

    def find_ours(self):
        return [row for row in self.rows if row["library"] == "thalweg"]

    def one(self, *where, **wanted):
        return next(iter(self.find(*where, **wanted)), None)

    def methods(self, part):
        return list(dict.fromkeys(row["method"] for row in self.find(part)))

    def pairs(self):
        """Yields each row of another library with the corresponding row of ours."""
        for row in self.rows:
            ours = row["library"] != "thalweg" and self.one(row["part"], method=row["method"], n=row["n"])
            if ours:
                yield row, ours


def setting(row):
    threads = "one thread" if row["threads"] == 1 else f"{row['threads']} threads"
    tensors = f", {row['tensors']:,} tensors" if row["tensors"] > 1 else ""
    return f"{size(row['n'])}, {threads}{tensors}"


def intro(record):
    all, machine, tools, ours = record.all, record.all["machine"], record.all["tools"], record.find_ours()
    libraries = ", ".join(f"{shown(name)} {version}" for name, version in all["libraries"].items())
    caches = ", ".join(f"{level} {amount}" for level, amount in machine["caches"].items())
    wrong = [f"{row['method']} ({row['part']})" for row in ours if not row["checked"]]
    checked = "had a WRONG RESULT: " + ", ".join(wrong) if wrong else "gave the reference's result"
    commit = all["commit"][:12] + " with changes" * all["commit"].endswith("dirty")
    noise = ""
    if all["rounds"] > 1:
        spread = sorted(max(row["ns_of_rounds"]) / min(row["ns_of_rounds"]) - 1 for row in record.rows)
        typical, large = (f"{spread[len(spread) * part // 10]:.0%}" for part in (5, 9))
        noise = f"""The fastest and the slowest round of a row differ by {typical} in the median, and by at most
            {large} in nine of ten rows: smaller differences mean little."""
    lines = [
        f"""Generated from [the record of {all['date']}](../bench/records/{record.path.name}) by `bench/performance.py`;
        every number is from the record.""",
        f"""**What is measured.** One step of an optimizer in float32 on the CPU: parameters, gradients and state are in
        memory, the gradient is constant, and nothing else is timed. Times are nanoseconds per parameter. The libraries
        took turns, method by method, in {all['rounds']} rounds; a number is the median over these rounds.
        {noise} Each of the {len(ours)} rows of ours {checked} (narrow states with stochastic rounding:
        on average). Ours ran with `nonfinite=ignore` unless stated otherwise, since the other libraries do not check for
        non-finite gradients either; the default is `refuse`, and its cost is
        [below](#cost-of-the-check-for-non-finite-gradients).""",
        """**The roof** is a plain in-place loop over the same bytes as the step (x read and written, g read, each slot
        read and written) with almost no arithmetic, timed next to the step. 1.00 of the roof is the speed at which
        the memory allows a pass over these bytes.""",
        """**Not compared**: the work of a library around its step (Python's overhead on few parameters is included, reading
        a gradient from an autograd graph is not), GPUs, and machines and versions other than these:""",
        f"""- {machine['cpu']} (family {machine['family']}, model {machine['model']};
        {', '.join(machine['instructions'])}), {machine['cores']} cores; {caches}; {machine['memory_gib']:g} GiB;
        {machine['kernel']}; transparent huge pages: {machine['transparent_huge_pages']}; load average
        {machine['load_before']:g} before the measurement""",
        f"- {tools['rustc']}; {tools['gcc']}; C and C++ with `{tools['c_flags']}`; {tools['python']}",
        f"- {libraries}",
        f"""**To reproduce**: `python bench/step.py` measures the installed libraries and writes a record (it prints its
        requirements; `--quick` checks that everything runs, `--only ours` skips the other libraries), and `python
        bench/performance.py` makes this page from the newest record. The record was made at commit {commit} by `{all['command']}`.""",
    ]
    whole = {"break_long_words": False, "break_on_hyphens": False}
    indent = lambda text: "  " if text.startswith("- ") else ""
    wrap = lambda text: textwrap.fill(" ".join(text.split()), 120, subsequent_indent=indent(text), **whole)
    return "# Speed of optimizer steps\n\n" + "\n\n".join(map(wrap, lines))


def slower(record):
    """Lists the cases in which another library takes less time."""
    pairs = list(record.pairs())
    worse = sorted((row["ns_per_param"] / ours["ns_per_param"], row, ours) for row, ours in pairs)
    rows = []
    for ratio, row, ours in [entry for entry in worse if entry[0] < 1]:
        won = [theirs < our for theirs, our in zip(row["ns_of_rounds"], ours["ns_of_rounds"])]
        rows.append([
            f"{row['method']} · {setting(row)}", shown(row["library"]), ns(row["ns_per_param"]),
            ns(ours["ns_per_param"]), f"{1 / ratio - 1:+.0%}", f"{sum(won)} of {len(won)}",
        ])
    head = ["method", "library", "its ns", "ours", "difference of ours", "rounds in which ours is slower"]
    summary = f"In {len(rows) or 'none'} of {len(pairs)} comparisons another library's step takes less time than ours."
    return pairs and f"{summary}\n\n{table(head, rows)}".strip()


def below_roof_at(record, part):
    low = sorted((row["roof_ratio"], row["method"]) for row in record.find(part) if row["roof_ratio"] < 0.9)
    named = ", ".join(f"{method} {ratio:.2f}" for ratio, method in low)
    return f"at {size(record.find(part)[0]['n'])}: {named or 'none'}"


def roof(record):
    parts = [part for part in STREAMED if record.find(part)]
    rows = []
    for method in record.methods(parts[0]) if parts else []:
        cells = [method, f"{record.one(parts[0], method=method)['bytes_per_param']:g}"]
        for part in parts:
            row = record.one(part, method=method)
            cells += [ns(row["ns_per_param"]), f"{row['gb_per_s']:.1f}", f"{row['roof_ratio']:.2f}"]
        rows.append(cells)
    heads = [head for part in parts for head in (f"{size(record.find(part)[0]['n'])}: ns", "GB/s", "of roof")]
    below_roof = "; ".join(below_roof_at(record, part) for part in parts)
    made = table(["method", "bytes", *heads], rows)
    return made and f"{made}\n\nBytes are per parameter and step. Less than 0.90 of the roof {below_roof}."


def against(record, part, libraries):
    """Returns a table of methods and libraries: the time, and its ratio to our time."""
    present = [name for name in libraries if record.find(part, name)]
    rows = []
    for method in record.methods(part):
        ours, cells = record.one(part, method=method), []
        for library in present:
            row = record.one(part, library, method=method)
            ratio = row and row["ns_per_param"] / ours["ns_per_param"]
            cell = row and f"{ns(row['ns_per_param'])} ({times(ratio)})"
            cells.append("–" if not row else f"**{cell}**" if ratio < 1 else cell)
        if set(cells) - {"–"}:
            rows.append([method, ns(ours["ns_per_param"]), *cells])
    return present and table(["method", "Thalweg", *(shown(name) for name in present)], rows)


def tensors(record):
    rows = []
    for library in ["thalweg", *FAST, *SLOW]:
        for row in record.find("1024 tensors", library):
            one = record.one("1 tensor", library, method=row["method"])
            ours = record.one("1024 tensors", method=row["method"])
            if one and ours:
                ratio = row["ns_per_param"] / ours["ns_per_param"]
                rows.append([
                    f"{row['method']} · {shown(library)}", ns(one["ns_per_param"]), ns(row["ns_per_param"]),
                    times(row["ns_per_param"] / one["ns_per_param"]),
                    "" if library == "thalweg" else f"**{times(ratio)}**" if ratio < 1 else times(ratio),
                ])
    rows.sort(key=lambda cells: cells[0].split(" · ")[0])
    return table(["", "1 tensor: ns", "1,024 tensors: ns", "ratio", "1,024 tensors: its time / ours"], rows)


def states(record):
    rows = []
    for method in record.methods("states"):
        full = record.one("states", method=method, state="f32")
        for row in record.find("states", method=method):
            speed = full["ns_per_param"] / row["ns_per_param"]
            fewer = full["bytes_per_param"] / row["bytes_per_param"]
            rows.append([
                f"{method} · {row['state']}", f"{row['bytes_per_param']:.4g}", ns(row["ns_per_param"]),
                f"**{times(speed)}**" if speed < 1 else times(speed), times(fewer), f"{row['roof_ratio']:.2f}",
            ])
    return table(["", "bytes", "ns", "speed-up", "ratio of bytes", "of its roof"], rows)


def nonfinite(record):
    rows = []
    for part in ("nonfinite 64Ki", "nonfinite 16Mi"):
        for ignore in record.find(part, nonfinite="ignore"):
            refuse = record.one(part, nonfinite="refuse", method=ignore["method"])
            if refuse:
                before, after = ignore["ns_per_param"], refuse["ns_per_param"]
                cost = f"{after / before - 1:+.0%}"
                rows.append([f"{ignore['method']} · {setting(ignore)}", ns(before), ns(after), cost])
    return table(["", "ignore: ns", "refuse: ns", "cost"], rows)


def cached(record):
    found = record.find("cached") + record.find("64Ki")
    sizes, rows = sorted({row["n"] for row in found}), []
    for method in dict.fromkeys(row["method"] for row in found):
        at = {row["n"]: row for row in found if row["method"] == method}
        cells = [[ns(at[n]["ns_per_param"]), f"{at[n]['roof_ratio']:.2f}"] if n in at else ["–"] * 2 for n in sizes]
        rows.append([method, *sum(cells, [])])
    return table(["method", *(head for n in sizes for head in (f"{size(n)}: ns", "of roof"))], rows)


FACTOR = "In parentheses: its time divided by ours. 3.00× is three times as long as ours; **bold** is faster than ours."
SECTIONS = [
    ("Cases in which another library is faster", "", slower),
    ("In memory: every method and the roof, two threads", "", roof),
    ("Other libraries: 16 Mi parameters, two threads", FACTOR, lambda record: against(record, "16Mi", FAST)),
    ("", "Libraries whose step consists of several operations:", lambda record: against(record, "16Mi", SLOW)),
    ("64 Mi parameters, two threads", FACTOR, lambda record: against(record, "64Mi", FAST)),
    ("In the cache, with a loop written in C: 64 Ki parameters, one thread", FACTOR,
     lambda record: against(record, "64Ki", FAST)),
    ("", "", lambda record: against(record, "64Ki", SLOW)),
    ("1,024 tensors of 1,024 parameters and one tensor of the same total, two threads", "", tensors),
    ("Narrow states: 64 Mi parameters, two threads",
     "Slots in bf16 or 8 bits compared with float32; x and g are in float32.", states),
    ("Cost of the check for non-finite gradients",
     "`nonfinite=refuse`, the default, reads every gradient once more before a step.", nonfinite),
    ("From the cache to memory: every method, one thread",
     "In the cache, arithmetic bounds a step, not memory: many methods cannot reach the roof.", cached),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", nargs="?", type=Path, help="default: the newest")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    options = parser.parse_args()
    records = sorted((ROOT / "bench" / "records").glob("*-step.json"))
    if not (options.record or records):
        parser.error("there is no record: run bench/step.py")
    record = Record(options.record or records[-1])
    page = [intro(record)]
    for title, words, make in SECTIONS:
        if body := make(record):
            page += filter(None, [title and f"## {title}", words, body])
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text("\n\n".join(page) + "\n")


if __name__ == "__main__":
    main()
