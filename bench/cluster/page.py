#!/usr/bin/env python3
"""Makes docs/cluster-scaling.md from the newest record of check.py. Every number of the page is from the record, or
simulated from it.

Usage: python3 bench/cluster/page.py [--out FILE]
"""

import argparse
import pathlib
import textwrap

import simulate
from model import SHARDED_PARAMETERS
from scaling import AGREEMENT, BUSY, CRITEO_BATCH, CRITEO_BYTES, CRITEO_ROWS, MODELS, NETWORKS, PAYS, RANKS, RDMA, TCP, THREADS
from scaling import WIDEST, Scaling, milliseconds, number

OUT = simulate.RECORDS.parents[1] / "docs" / "cluster-scaling.md"

# Speed, in percent of ranks that work alone, that was aimed at for 28 numbers with these rows for each rank, on RDMA.
AIM, AIM_ROWS, AIM_RANKS = 77, 1 << 16, 1024


def text(paragraphs):
    """Returns paragraphs and items of lists, between which there are empty lines, in lines of 120 columns."""
    lines = ""
    for paragraph in textwrap.dedent(paragraphs).strip().split("\n\n"):
        is_item, words = paragraph.startswith("- "), " ".join(paragraph.split())
        wrapped = textwrap.fill(words, 120, subsequent_indent="  " * is_item, break_long_words=False, break_on_hyphens=False)
        lines += ("\n" if is_item and lines.rpartition("\n\n")[2].startswith("- ") else "\n\n") + wrapped
    return lines.strip()


def percent(part):
    return f"{100 * part:.0f} %"


def introduction(scaling, name):
    record, checks = scaling.record, list(scaling.checks())
    agreeing = sum(abs(ratio - 1) <= AGREEMENT for *_, ratio in checks)
    return f"""
        Generated from [the record of {record["date"]}](../bench/records/{name}) by `bench/cluster/page.py`; every number is
        from the record, or simulated from it (`bench/cluster/simulate.py` does so for other ranks, batches and networks).
        [Several machines](cluster.md) describes how fits run on them.

        **No cluster was measured.** The times of the parts of a step are of one thread of one machine
        ({record["machine"]}; commit {record["commit"]}), and steps and sums were measured on 2 to 4 ranks of it, by shared
        memory and over links of a limited rate: {agreeing} of {len(checks)} simulated times are within {percent(AGREEMENT)} of
        the measured ones. All that is about more ranks is arithmetic.
        """


def summary(scaling):
    batch = 1 << 16
    pays = "; ".join(f"{scaling.pays_to(name, RDMA, batch)} ({title})" for name, title in MODELS.items())
    now = scaling.step("linear-28", RDMA, AIM_RANKS, AIM_ROWS * AIM_RANKS)
    alone = scaling.step("linear-28", RDMA, 1, AIM_ROWS).seconds
    return f"""
        - For batches of {batch:,} rows on {RDMA}, the largest numbers of ranks with at least {percent(PAYS)} of the speed of as
        many that work alone are {pays}.

        - **{AIM_RANKS:,} ranks with {AIM_ROWS:,} rows of 28 numbers each** have {number(100 * alone / now.seconds)} % of the
        speed of as many that work alone, on {RDMA}, where {AIM} % were the aim: of the {milliseconds(now.seconds)} ms of a
        step, {milliseconds(now.leaves)} ms are the leaves, {milliseconds(now.exchange)} ms the sum, and
        {milliseconds(now.order)} ms the order of the rows.

        - One slow rank slows all: see [below](#a-slow-rank).
        """


def assumptions(scaling):
    division = scaling.division
    return f"""
        Measured, on one thread: the leaves of the sum over a batch (the table has the least, the median and the most of 41
        quantiles, from which times are drawn; the longest 1 % are not among them), a step of Adam, the order of the
        rows ({scaling.machine.order_seconds_per_row * 1e9:.2g} ns for a row), and the addition of gradients
        ({scaling.machine.add_seconds_per_byte * 1e12:.0f} ps for a byte). Measured on 2 to 8 ranks: what rows cost that ranks
        hold parts of ({division.rank_seconds * 1e9:.0f} ns for each that a rank reads, sends and receives, and
        {division.batch_seconds * 1e9:.1f} ns for each of the batch on every rank).

        Assumed:

        - the constants of the networks. One-way latencies in print are 1.1 µs for InfiniBand, 1.9 µs for 40 GbE with usNIC,
        and 46 to 50 µs for 10 GbE of AWS in 2014. Times from one message of 8 bytes to the next, of one process, follow from
        published runs of the OSU benchmarks: 0.18 µs over InfiniBand and 3.5 µs over 1 GbE by TCP (44.1 and 2.29 MB/s;
        [J. Grimm 2021](https://gist.github.com/jfgrimm/3af692a5475bdd4ed836b5a18197a209)), 0.31 µs over Omni-Path
        (3.2 M messages/s; [H. Pritchard 2016](https://gist.github.com/hppritcha/8da4436a216c9d96bf10ad9d403da03f)), and 0.70 µs
        on a Cray (1.4 M messages/s; [the same](https://gist.github.com/hppritcha/200bc7a2d4dfde709245d6ffa7b2b971)). For 100 GbE
        a value between the last two is taken; its own was not found;

        - a rank for each machine, of {THREADS} threads, each as fast as the one that was measured. Memory and caches that
        they share are not simulated;

        - the algorithms that Open MPI 4.1 chooses for `MPI_Alltoallv` and `MPI_Allgatherv`, on all networks. They change with
        the number of ranks: from 64 to 127 and from 256 to 1,023, messages are sent one after another, each with its latency,
        so that 64 ranks may take longer than 128;

        - steps of models of {SHARDED_PARAMETERS:,} parameters and more that take the R-th part of the time on R ranks, which
        have [shards](cluster.md#states-of-the-method) of them; in the fits of the check, all ranks took the whole step;

        - switches that carry all messages at once, and nothing that overlaps: a step is the sum of its parts. Ranks wait for
        the slowest of them. Other programs, and the ends of ranks, are not simulated;

        - all rows in the memory of each rank, but for the [example](#example-a-terabyte-of-clicks).
        """


CHECK = f"""
    Fits and sums on ranks of one machine of two cores. Rates are those of links between network namespaces, in each
    direction. A fit is measured in turn with one on one rank, whose speed the simulation takes over.

    Two properties of Open MPI over TCP explain most of what a model of latency and bandwidth alone would miss. A message of
    more than 64 KiB sends as many bytes first, and waits for an answer; it is simulated as queued behind as many bytes of
    the other rank, which is about the most that it takes. And in `MPI_Alltoallv` on 4 to 63 ranks all send to the first rank
    first, so that the last one receives all of its messages at the end. **Ratios in bold** are off by more than {percent(AGREEMENT)}.
    """

SCALING = f"""
    Weak scaling: the speed of ranks, in percent of that of as many ranks that work alone, with the same number of rows for
    each. Strong scaling: the speed of ranks that share a batch, as a multiple of that of one rank; they are said to pay up to
    the largest number, a power of two, that has {percent(PAYS)} of the speed of as many ranks alone.
    """

NEEDED = f"""
    Rows of a batch for each rank, a power of two, from which the ranks have {percent(BUSY)} of the speed that they have alone
    with large batches; the batch is this times the ranks. A dash: no batch of up to 2²⁰ rows for each rank is large enough.
    """


def slow_rank(ranks, rows):
    return f"""
        {ranks} ranks with {rows:,} rows each, on {RDMA}: the part of the time that a rank spends in exchanges and waits, in
        percent, and the speed if one rank takes longer for its leaves, in percent of that without a slow rank. A rank that is
        always slow belongs out of the job.
        """


def example(scaling):
    return f"""
        Criteo's log of 24 days: {CRITEO_ROWS:,} rows of 13 numbers and 26 categories, {CRITEO_BYTES} bytes each when encoded,
        {CRITEO_ROWS * CRITEO_BYTES / 1e9:,.0f} GB in all, {CRITEO_ROWS * CRITEO_BYTES / 64e9:.0f} GB for each of 64 ranks. More
        than 2³² rows are [divided among the ranks](cluster.md#rows-that-exceed-the-memory), which send each other those of
        their batches. Logistic regression by Adam with batches of {CRITEO_BATCH:,} rows, on {RDMA}; milliseconds for a step.
        Reading the text, once, is not included.
        """


def remedies(scaling):
    name, ranks, batch, every = "fm-40", 16, 1 << 18, 16
    now = scaling.step(name, TCP, ranks, batch)
    # A worker steps all parameters, and not a shard.
    local = now.seconds - now.exchange * (1 - 1 / every) + now.method * (ranks - 1)
    return f"""
        - **Larger batches**, with a learning rate that suits them (`--batch-size`, `--lr`): the exchange is the same, the rows
        of a rank take longer. `thalweg compare` measures what they cost in accuracy.

        - **Local steps** (`--sync-every`), for slow links: workers step by themselves, and average their weights after a
        number of steps. That is another method, whose [loss is measured](cluster.md#slow-links-local-steps). For the
        {MODELS[name]}, on {ranks} ranks and {TCP}, with batches of {batch:,} rows, a step takes
        {milliseconds(now.seconds)} ms, {milliseconds(now.exchange)} ms of it in the sum; with an average after each {every}
        steps it would take {milliseconds(local)} ms.

        - **Fewer ranks**, each of a whole machine: threads exchange nothing.

        - **Sums over all rows**: an evaluation of L-BFGS, the default for linear models, has the most rows that there can be.

        - **Comparisons**: the runs of `thalweg compare` are divided among ranks, and exchange nothing.

        Not provided by the program:

        - sums of the features that a batch has. Each leaf of a linear model, and each sum of ranks, has a gradient of all
        features, and therefore as many rows as have the numbers of one: {scaling.models[WIDEST].leaf_rows:,} with 2²⁴ features,
        and {scaling.models["hashed-20-bits"].leaf_rows:,} with 2²⁰. A batch has too few leaves for many ranks.
        """


def page(name, record):
    scaling = Scaling(record)
    sections = [
        "# Steps of up to 1,024 ranks, by simulation", text(introduction(scaling, name)),
        "## In short", text(summary(scaling)),
        "## What is measured, and what is assumed", text(assumptions(scaling)), scaling.leaves_table(), scaling.networks_table(),
        "## The check of the simulation", text(CHECK), text("\n\n".join(f"- {note}" for note in record["notes"])),
        scaling.checks_table(),
        "## Weak and strong scaling", text(SCALING), *map(scaling.weak_table, (1 << 16, 1 << 12)),
        *map(scaling.strong_table, (1 << 16, 1 << 20)),
        "## Rows that a rank needs", text(NEEDED), scaling.needed_table(),
        "## A slow rank", text(slow_rank(64, 1 << 16)), scaling.slow_table(64, 1 << 16),
        "## Example: a terabyte of clicks", text(example(scaling)), "2²⁰ features (`--hash-bits 20`):",
        scaling.criteo_table("hashed-20-bits"), "2²⁴ features (`--hash-bits 24`):", scaling.criteo_table(WIDEST),
        "## What to do where ranks do not pay", text(remedies(scaling)),
    ]
    return "\n\n".join(sections) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=OUT)
    arguments = parser.parse_args()
    arguments.out.write_text(page(*simulate.newest_record()))


if __name__ == "__main__":
    main()
