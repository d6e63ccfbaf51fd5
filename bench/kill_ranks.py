#!/usr/bin/env python3
"""Kills random ranks of fits under mpirun at random times, and requires that the same command with --resume, on a random
number of ranks, ends with the model of one process, byte for byte.

    cargo build --release -p thalweg-cli --features mpi
    python3 bench/kill_ranks.py --program target/release/thalweg --kills 100
"""

import argparse
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time

# Model and method of each fit, which takes thousands of steps.
FITS = [
    "-t label --method adam:lr=0.001 --batch-size 900 -e 400",
    "-t class --method momentum:lr=0.01,accumulate=2 --batch-size 600 -e 300 --l1 0.0001 --schedule cosine",
    "-t y --model mlp:12,dropout=0.1 --method adam --batch-size 1000 -e 200",
    "-t label --model fm:rank=3 --method nadam --batch-size 700 -e 200 --categorical x,z --l2 0",
]

# Longest time in seconds from the end of a rank to that of the job.
TIME_TO_END = 5


def write_table(path):
    """Writes a table with three kinds of target."""
    lines = ["x,z,colour,y,label,class"]
    for i in range(4000):
        x, z = i * 7 % 11, i * 5 % 13
        y = (x * 3 + z + i * 31 % 7) / 4
        lines.append(f"{x},{z},c{i * 17 % 23},{y},{['no', 'yes'][x + z > 11]},{'abc'[x // 4]}")
    path.write_text("\n".join(lines) + "\n")


def ranks_of(process):
    """Returns the processes of the program below a process."""
    try:
        children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    found = []
    for child in children:
        try:
            name = pathlib.Path(f"/proc/{child}/comm").read_text().strip()
        except OSError:
            continue
        found += [int(child)] if name == "thalweg" else ranks_of(child)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    program, drawn = str(arguments.program.resolve()), random.Random(arguments.seed)
    env = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    kills = models = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_table(folder / "table.csv")
        while kills < arguments.kills:
            options = FITS[models % len(FITS)].split()
            fit = ["fit", "table.csv", *options, "--patience", "0", "-q", "--threads", "1"]
            alone, checkpoints = folder / f"alone{models}.model", folder / f"checkpoints{models}"
            subprocess.run([program, *fit, "-o", alone], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            model, code = folder / f"ranks{models}.model", None
            while code != 0:
                ranks = drawn.choice([1, 2, 3, 4])
                start = ["--resume" if checkpoints.exists() else "--checkpoint", checkpoints]
                job = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks), program, *fit]
                job += ["-o", model, *start, "--checkpoint-every", "20steps"]
                process = subprocess.Popen(
                    job, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                time.sleep(drawn.uniform(0.3, 2.0))
                victims = ranks_of(process.pid)
                killed = None
                if victims and kills < arguments.kills:
                    os.kill(drawn.choice(victims), signal.SIGKILL)
                    killed, kills = time.monotonic(), kills + 1
                code = process.wait(timeout=600)
                if killed:
                    slowest = max(slowest, time.monotonic() - killed)
                    # A rank may be killed when all is done.
                    assert code != 0 or model.exists(), "a job whose rank was killed has succeeded without a model"
            assert model.read_bytes() == alone.read_bytes(), f"another model than that of one process: {options}"
            models += 1
    print(f"{kills} kills: {models} of {models} models are those of one process; a job ended at most {slowest:.1f} s later")
    assert slowest < TIME_TO_END


if __name__ == "__main__":
    main()
