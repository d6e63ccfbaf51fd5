"""Fits on several ranks: the model of one process, and the end of all ranks together."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import columns, write_csv

import thalweg

FITS = [
    ("price", {}),
    ("sold", {"method": "adam:lr=0.05", "batch_size": 64, "epochs": 4, "schedule": "cosine"}),
    ("kind", {"model": "mlp:8", "batch_size": 300, "epochs": 3, "folds": 2}),
    ("sold", {"method": "adam:lr=0.05", "batch_size": 64, "epochs": 4, "sync_every": 2, "workers": 3}),
    ("price", {"loss": "huber", "method": "saga", "epochs": 3}),
    ("sold", {"model": "fm:rank=3", "method": "nadam", "batch_size": 128, "epochs": 3, "l1": 0.001}),
]


class Communicator:
    """Ranks that are threads of this process, with the interface of mpi4py."""

    def __init__(self, rank, ranks, barrier, sent):
        self._rank, self._ranks, self._barrier, self._sent = rank, ranks, barrier, sent

    def Get_rank(self):
        return self._rank

    def Get_size(self):
        return self._ranks

    def _exchange(self, sent):
        self._sent[self._rank] = sent
        self._barrier.wait()
        everything = list(self._sent)
        self._barrier.wait()
        return everything

    def Alltoallv(self, sent, received):
        everything = self._exchange([np.array(part) for part in _parts(*sent)])
        for part, messages in zip(_parts(*received), everything, strict=True):
            part[:] = messages[self._rank]

    def Allgatherv(self, sent, received):
        everything = self._exchange(np.array(sent))
        for part, message in zip(_parts(*received), everything, strict=True):
            part[:] = message

    def Abort(self, code):
        self._barrier.abort()


def _parts(array, places):
    lens, starts = places
    return [array[start : start + length] for start, length in zip(starts, lens, strict=True)]


def on_ranks(ranks, function):
    """Return what a function of a communicator returns or raises on each rank."""
    barrier, sent, results = threading.Barrier(ranks, timeout=120), [None] * ranks, [None] * ranks

    def run(rank):
        try:
            results[rank] = function(Communicator(rank, ranks, barrier, sent))
        except Exception as error:
            results[rank] = error

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(ranks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize(("target", "arguments"), FITS)
def test_the_model_is_that_of_one_process(target, arguments):
    data = columns(rows=1_500)
    alone = thalweg.fit(data, target, **arguments)
    for ranks in (2, 3):
        fits = on_ranks(ranks, lambda team: thalweg.fit(data, target, **arguments, team=team, threads=1))
        for fit in fits:
            assert fit.model.to_bytes() == alone.model.to_bytes()
            assert fit.stopped == alone.stopped


def test_a_callback_of_one_rank_ends_all():
    data, seen = columns(), [0, 0, 0]

    def fit(team):
        def callback(epoch):
            seen[team.Get_rank()] = epoch["epoch"]
            return team.Get_rank() == 1 and epoch["epoch"] == 3

        # Rank 2 has no callback of its own.
        callback = callback if team.Get_rank() < 2 else None
        return thalweg.fit(data, "price", method="adam", epochs=50, patience=0, callback=callback, team=team, threads=1)

    fits = on_ranks(3, fit)
    assert seen == [3, 3, 0]
    assert len({fit.model.to_bytes() for fit in fits}) == 1
    assert [len(fit.curve["epoch"]) for fit in fits] == [3, 3, 3]


def test_errors_of_one_rank_are_raised_by_all(tmp_path):
    data = columns()
    path = write_csv(tmp_path / "rows.csv", data)
    cases = [
        # A file that one rank does not have.
        (lambda rank: path if rank != 1 else tmp_path / "absent.csv", "absent.csv"),
        (lambda rank: data if rank != 1 else columns(seed=6), "rank 1 has other data"),
    ]
    for data_of, text in cases:
        errors = on_ranks(3, lambda team: thalweg.fit(data_of(team.Get_rank()), "price", team=team))
        for error in errors:
            assert isinstance(error, (thalweg.errors.Error, OSError)) and text in str(error), error


def test_checkpoints_continue_on_other_ranks(tmp_path):
    data = columns(rows=1_000)
    arguments = {"method": "adam:lr=0.01", "batch_size": 100, "patience": 0, "refit": "never"}
    alone = thalweg.fit(data, "price", epochs=9, **arguments).model.to_bytes()
    folder = tmp_path / "ck"

    def begin(team):
        ends = lambda epoch: epoch["epoch"] == 4
        saved = {"checkpoint": folder, "checkpoint_every": "epoch"}
        return thalweg.fit(data, "price", epochs=9, **arguments, **saved, callback=ends, team=team)

    def go_on(team):
        return thalweg.fit(data, "price", epochs=9, **arguments, resume=folder, team=team)

    assert all(isinstance(fit, thalweg.Fit) for fit in on_ranks(3, begin))
    assert [fit.model.to_bytes() for fit in on_ranks(2, go_on)] == [alone, alone]


def test_a_team_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="team must be a communicator of mpi4py, torch.distributed"):
        thalweg.fit(columns(), "price", team=4)


SCRIPT = """
import sys
import thalweg
{team}
fit = thalweg.fit(sys.argv[1], "price", method="adam", epochs=3, batch_size=200, team=team, threads=1)
open(sys.argv[2] + f"/rank{{rank}}.model", "wb").write(fit.model.to_bytes())
"""


def check_models(tmp_path, ranks, start):
    """Start ranks of a script, and compare their models with that of this process."""
    path = write_csv(tmp_path / "rows.csv", columns(rows=1_200))
    alone = thalweg.fit(path, "price", method="adam", epochs=3, batch_size=200).model.to_bytes()
    start(path)
    for rank in range(ranks):
        assert (tmp_path / f"rank{rank}.model").read_bytes() == alone


def test_ranks_of_mpi4py(tmp_path):
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    launcher = Path(sys.executable).parent / "mpiexec"
    if not launcher.exists():
        pytest.skip(f"no launcher of MPI at {launcher}")
    script = tmp_path / "fit.py"
    script.write_text(SCRIPT.format(team="from mpi4py import MPI\nteam = MPI.COMM_WORLD\nrank = team.Get_rank()"))
    # As root, with more ranks than cores.
    root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "PRTE_ALLOW_RUN_AS_ROOT": "1",
            "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

    def start(path):
        line = [launcher, "-n", "3", "--map-by", ":oversubscribe", sys.executable, "-m", "mpi4py", script, path, tmp_path]
        done = subprocess.run(line, env={**os.environ, **root}, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    check_models(tmp_path, 3, start)


def test_ranks_of_torch(tmp_path):
    pytest.importorskip("torch", reason="torch is not installed")
    script = tmp_path / "fit.py"
    team = """
import torch.distributed as team
rank = int(sys.argv[3])
team.init_process_group("gloo", init_method="file://" + sys.argv[2] + "/store", rank=rank, world_size=2)
"""
    script.write_text(SCRIPT.format(team=team))

    def start(path):
        lines = [[sys.executable, script, path, tmp_path, str(rank)] for rank in range(2)]
        ranks = [subprocess.Popen(line, stderr=subprocess.PIPE, text=True) for line in lines]
        for rank in ranks:
            _, errors = rank.communicate(timeout=120)
            assert rank.returncode == 0, errors

    check_models(tmp_path, 2, start)
