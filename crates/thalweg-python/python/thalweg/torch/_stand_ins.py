"""Tensors that make a step in place of parameters that a step cannot take as they are."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import torch

from thalweg._thalweg import StatePack


#: Indices of rows, or of numbers, by dimension.
Places = tuple[torch.Tensor, ...]


class TensorGroup(NamedTuple):
    """Parameters of a group with the places of their states, and its hyperparameters."""

    #: All parameters; those with a gradient make a step.
    params: list[torch.Tensor]
    #: States of parameters.
    state: dict[torch.Tensor, dict[str, Any]]
    #: Number that changes whenever somebody may have got hold of a state.
    version: int
    #: Packs of states of small parameters.
    packs: list[StatePack]
    #: Keys of the slots, and of their exponents in 8 bits.
    slots: list[str]
    exponents: list[str] | None
    step_key: str | None
    carry_key: str | None
    #: Numbers of the parameters that make their first step, where the states hold no number of steps.
    first: list[int] | None
    lr: float
    weight_decay: float
    hyperparameters: dict[str, float]


class StandIns:
    """Groups in which other tensors stand for some of the parameters.

    A sparse gradient makes the same step as a dense one. Where rows without a gradient do not change, the stand-in has
    the other rows alone. For parameters whose tensors lie in different orders in memory, it has copies in one.
    """

    def __init__(
        self, groups: list[TensorGroup], *, steps_by_rows: Callable[[TensorGroup, torch.Tensor], bool]
    ) -> None:
        groups = [group._replace(params=list(group.params), state=dict(group.state), packs=[]) for group in groups]
        self.groups = groups
        self._steps_by_rows = steps_by_rows
        self._originals: dict[torch.Tensor, torch.Tensor] = {}
        self._copies: list[tuple[torch.Tensor, torch.Tensor, Places | None]] = []

    @torch.no_grad()
    def replace(self, params: list[tuple[int, int]], *, is_sparse: bool) -> None:
        """Replace parameters, given as numbers of groups and of parameters in them."""
        for number, index in params:
            group = self.groups[number]
            param = group.params[index]
            assert param.grad is not None
            if not is_sparse:
                stand_in = self._copy(param, None)
                stand_in.grad = param.grad.detach().clone(memory_format=torch.contiguous_format)
                group.state[stand_in] = self._copied_state(group, param, None)
            elif self._steps_by_rows(group, param):
                grad = param.grad.coalesce()
                rows = tuple(grad.indices())
                stand_in = self._copy(param, rows)
                stand_in.grad = grad.values()
                group.state[stand_in] = self._copied_state(group, param, rows)
            else:
                stand_in = param.detach()
                stand_in.grad = param.grad.to_dense()
                group.state[stand_in] = group.state.get(param, {})
            self._originals[stand_in] = self._originals.get(param, param)
            group.params[index] = stand_in

    def _copy(self, tensor: torch.Tensor, rows: Places | None) -> torch.Tensor:
        """Return a copy of a tensor, or of some of its rows, that is written back."""
        detached = tensor.detach()
        copy = detached.clone(memory_format=torch.contiguous_format) if rows is None else detached[rows]
        self._copies.append((tensor, copy, rows))
        return copy

    def _copied_state(self, group: TensorGroup, param: torch.Tensor, rows: Places | None) -> dict[str, Any]:
        state = dict(group.state.get(param, {}))
        for key in group.slots:
            # Words with several numbers have no dimensions of their own.
            if state[key].dtype != torch.int32:
                state[key] = self._copy(state[key], rows)
        return state

    @torch.no_grad()
    def write_back(self, params: list[torch.Tensor] | None) -> list[torch.Tensor]:
        """Write the copies back after a step; return the parameters that were changed."""
        # In reverse, as a copy may be of a copy.
        for tensor, copy, rows in reversed(self._copies):
            if rows is None:
                tensor.copy_(copy)
            else:
                tensor.index_put_(rows, copy)
        if params is None:
            params = [param for group in self.groups for param in group.params]
        return [self._originals.get(param, param) for param in params]
