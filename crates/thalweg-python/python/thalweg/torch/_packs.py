"""States of many small parameters side by side, so that a step finds their memory at once."""

from __future__ import annotations

from typing import Any, Iterator

import torch

from thalweg._thalweg import StatePack

#: Largest number of the numbers of a parameter whose state is packed: for more, the step itself takes longer.
MAX_NUMBERS = 4096


def pack_states(
    states: dict[torch.Tensor, Any], params: list[torch.Tensor], slots: list[str], counters: list[str | None]
) -> list[StatePack]:
    """Put states side by side, for each type of their numbers, and return the packs.

    The tensors in the states become parts of others with the same numbers. States of large parameters, and those that
    have another form than a new one, stay as they are.

    Parameters
    ----------
    states : dict
        States of parameters.
    params : list of tensors
        Parameters whose states are packed, in the order of their steps.
    slots : list of str
        Keys of the slots.
    counters : list of str or None
        Keys of the number of steps and of the carried number, where there are some.
    """
    scalars = [key for key in counters if key is not None]
    by_type: dict[torch.dtype, list[torch.Tensor]] = {}
    for param in params:
        if slots and param in states and is_packable(param, states[param], slots, scalars):
            by_type.setdefault(states[param][slots[0]].dtype, []).append(param)
    return [pack(states, some, slots, scalars) for some in by_type.values() if len(some) > 1]


def is_packable(param: torch.Tensor, state: dict[str, Any], slots: list[str], counters: list[str]) -> bool:
    """Return True for a state with the tensors of a new one."""
    if not (0 < param.numel() <= MAX_NUMBERS and param.is_contiguous() and param.layout == torch.strided):
        return False
    dtype = torch.float64 if param.dtype == torch.float64 else torch.float32

    def has(key: str, shape: torch.Size, dtype: torch.dtype) -> bool:
        tensor: Any = state.get(key)
        is_plain = type(tensor) is torch.Tensor and tensor.device.type == "cpu" and not tensor.requires_grad
        return is_plain and tensor.shape == shape and tensor.dtype == dtype and tensor.is_contiguous()

    of_counters = torch.Size([])
    return all(has(key, param.shape, dtype) for key in slots) and all(
        has(key, of_counters, torch.float32) for key in counters
    )


@torch.no_grad()
def pack(
    states: dict[torch.Tensor, Any], params: list[torch.Tensor], slots: list[str], counters: list[str]
) -> StatePack:
    """Put the states of some parameters side by side."""
    lengths = [param.numel() for param in params]

    def joined(key: str) -> torch.Tensor:
        return torch.cat([states[param][key].reshape(-1) for param in params])

    def parts(whole: torch.Tensor, lengths: list[int]) -> Iterator[torch.Tensor]:
        start = 0
        for length in lengths:
            yield whole[start : start + length]
            start += length

    of_slots, of_counters = [joined(key) for key in slots], [joined(key) for key in counters]
    for key, whole in zip(slots, of_slots):
        for param, part in zip(params, parts(whole, lengths)):
            states[param][key] = part.view(param.shape)
    for key, whole in zip(counters, of_counters):
        for param, part in zip(params, parts(whole, [1] * len(params))):
            states[param][key] = part.view(())
    return StatePack(of_slots, of_counters, lengths)
