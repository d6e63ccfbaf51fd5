"""Fits on the workers of Ray, Spark or Dask, as docs/cluster.md shows, and compares the model with that of one process.

    python bench/launchers.py ray|spark|dask DATA TARGET [--workers 2]

Needs the wheel of thalweg, torch, and ray[train], pyspark with Java, or dask[distributed]. DATA is a path that all workers
have. Prints the number of ranks and whether the model files are the same, byte for byte; exits with 1 if they are not.
"""

import argparse
import os
import socket
import sys
import tempfile
from pathlib import Path

SETTINGS = {"method": "adam", "batch_size": 1024, "epochs": 3}


def fit(data, target, model):
    """Fits on the ranks of the process group that the launcher has started; rank 0 saves the model."""
    import thalweg
    import torch.distributed as team

    if not team.is_initialized():  # Ray has done it; Spark has set the variables for it.
        team.init_process_group("gloo")
    result = thalweg.fit(data, target, team=team, **SETTINGS)
    if team.get_rank() == 0:
        result.model.save(model)
        Path(model + ".ranks").write_text(str(team.get_world_size()), encoding="utf-8")


def ray(data, target, model, workers):
    from ray.train import ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    scaling = ScalingConfig(num_workers=workers)
    TorchTrainer(lambda: fit(data, target, model), torch_config=TorchConfig(backend="gloo"), scaling_config=scaling).fit()


def spark(data, target, model, workers):
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.ml.torch.distributor import TorchDistributor
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master(f"local-cluster[{workers},1,1024]").config("spark.ui.enabled", "false").getOrCreate()
    TorchDistributor(num_processes=workers, local_mode=False, use_gpu=False).run(fit, data, target, model)
    session.stop()


def dask_worker(rank, ranks, address, data, target, model):
    import torch.distributed as team

    team.init_process_group("gloo", init_method=address, rank=rank, world_size=ranks)
    fit(data, target, model)


def dask(data, target, model, workers):
    from dask.distributed import Client, LocalCluster

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
    with cluster, Client(cluster) as client:
        names = list(client.scheduler_info()["workers"])
        runs = [client.submit(dask_worker, rank, workers, address, data, target, model, workers=[name], pure=False)
                for rank, name in enumerate(names)]
        client.gather(runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("launcher", choices=["ray", "spark", "dask"])
    parser.add_argument("data")
    parser.add_argument("target")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    import thalweg

    data = os.path.abspath(arguments.data)
    with tempfile.TemporaryDirectory() as folder:
        alone, together = (str(Path(folder) / name) for name in ("one.model", "several.model"))
        thalweg.fit(data, arguments.target, **SETTINGS).model.save(alone)
        {"ray": ray, "spark": spark, "dask": dask}[arguments.launcher](data, arguments.target, together, arguments.workers)
        ranks = Path(together + ".ranks").read_text(encoding="utf-8")
        same = Path(alone).read_bytes() == Path(together).read_bytes()
    print(f"{arguments.launcher}: {ranks} ranks, {'the same' if same else 'another'} model file as one process")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
