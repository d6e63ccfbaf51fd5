"""Ranks that fit one model together: communicators of mpi4py and process groups of torch.distributed as teams."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray


def team_of(team: Any) -> MpiTeam | TorchTeam | None:
    """Return the team of a communicator or a process group."""
    if team is None:
        return None
    if hasattr(team, "Get_rank") and hasattr(team, "Alltoallv"):
        return MpiTeam(team)
    if _is_torch(team):
        return TorchTeam(team)
    expected = "a communicator of mpi4py, torch.distributed, or one of its process groups"
    raise TypeError(f"team must be {expected}, but is {type(team).__name__}")


class MpiTeam:
    """Ranks of a communicator with the interface of mpi4py, which moves their bytes."""

    def __init__(self, communicator: Any) -> None:
        self._communicator = communicator
        self.rank: int = communicator.Get_rank()
        self.ranks: int = communicator.Get_size()

    def all_to_all(
        self, sent: NDArray[np.uint8], sent_lens: Sequence[int], received: NDArray[np.uint8], received_lens: Sequence[int]
    ) -> None:
        self._communicator.Alltoallv(_messages(sent, sent_lens), _messages(received, received_lens))

    def all_gather(
        self, sent: NDArray[np.uint8], received: NDArray[np.uint8], received_lens: Sequence[int]
    ) -> None:
        self._communicator.Allgatherv(sent, _messages(received, received_lens))

    def end(self) -> None:
        """End this process and with it the job."""
        self._communicator.Abort(1)


class TorchTeam:
    """Ranks of a process group of torch.distributed whose backend moves bytes between processors, such as gloo."""

    def __init__(self, group: Any) -> None:
        distributed: Any = sys.modules["torch.distributed"]
        self._distributed = distributed
        self._group = None if group is distributed else group
        self.rank: int = distributed.get_rank(self._group)
        self.ranks: int = distributed.get_world_size(self._group)

    def all_to_all(
        self, sent: NDArray[np.uint8], sent_lens: Sequence[int], received: NDArray[np.uint8], received_lens: Sequence[int]
    ) -> None:
        from_numpy = sys.modules["torch"].from_numpy
        lens = (list(received_lens), list(sent_lens))
        self._distributed.all_to_all_single(from_numpy(received), from_numpy(sent), *lens, group=self._group)

    def all_gather(
        self, sent: NDArray[np.uint8], received: NDArray[np.uint8], received_lens: Sequence[int]
    ) -> None:
        import numpy as np

        # A gather of gloo takes messages of one length only.
        self.all_to_all(np.tile(sent, self.ranks), [len(sent)] * self.ranks, received, received_lens)

    def end(self) -> None:
        """End this process; the others end when they hear no more of it."""
        os._exit(1)


def _messages(array: NDArray[np.uint8], lens: Sequence[int]) -> list[Any]:
    """Return an array of messages, one after another, as a buffer of mpi4py."""
    starts, start = [], 0
    for length in lens:
        starts.append(start)
        start += length
    return [array, (list(lens), starts)]


def _is_torch(team: Any) -> bool:
    """Return whether this is the module torch.distributed or a process group."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is None:
        return False
    group = getattr(distributed, "ProcessGroup", None)
    return team is distributed or (isinstance(group, type) and isinstance(team, group))
