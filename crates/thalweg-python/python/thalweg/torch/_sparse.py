"""Adam for sparse gradients, whose steps leave the other rows as they are."""

from __future__ import annotations

from typing import Any

import torch

from ._base import Rule, TensorOptimizer
from ._stand_ins import TensorGroup
from ._torch_methods import betas as betas_of


class SparseAdam(TensorOptimizer):
    """Adam of the rows in a sparse gradient alone; see `torch.optim.SparseAdam`.

    A step reads and writes the rows of the gradient, so that it costs as much as they do. It is another method than
    `Adam`: rows without a gradient do not move, and their means do not decay until they have one again, while the number
    of steps in the bias correction is that of the whole parameter. `Adam` makes the steps of the dense gradient also
    where it is sparse, at the cost of all rows: these would have to catch up before their next use, and torch does not
    say when a parameter is read.

    Parameters
    ----------
    params : iterable
        Parameters, their names with parameters, or groups. Their gradients must be sparse, such as those of
        ``torch.nn.Embedding(sparse=True)``.
    lr : float
        Learning rate.
    betas : tuple of float
        Decay rates of the means of gradients and of their squares.
    eps : float
        Number added to the root of the mean of squares before the bias correction.
    maximize : bool
        True to maximize.
    nonfinite : {"ignore", "refuse", "skip"}
        Treatment of gradients that contain an infinity or a NaN.
    clip_global_norm : float, optional
        Largest joint norm of the gradients of all parameters.

    Examples
    --------
    >>> import torch
    >>> from thalweg.torch import SparseAdam
    >>> embedding = torch.nn.Embedding(1000, 8, sparse=True)
    >>> optimizer = SparseAdam(embedding.parameters(), lr=0.1)
    >>> before = embedding.weight.detach().clone()
    >>> embedding(torch.tensor([2, 5])).sum().backward()
    >>> _ = optimizer.step()
    >>> (embedding.weight != before).any(dim=1).nonzero().flatten()
    tensor([2, 5])
    """

    def __init__(
        self,
        params: Any,
        lr: float | torch.Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
        *,
        nonfinite: str = "ignore",
        clip_global_norm: float | None = None,
    ) -> None:
        defaults = dict(lr=lr, betas=betas, eps=eps, maximize=maximize)
        super().__init__(params, defaults, nonfinite=nonfinite, clip_global_norm=clip_global_norm)

    def _rule(self, group: dict[str, Any]) -> Rule:
        return Rule("adam:eps_form=hat", betas_of(group))

    def _steps_by_rows(self, group: TensorGroup, param: torch.Tensor) -> bool:
        return True

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        for index, param in enumerate(group.get("params", ())):
            if param.is_sparse or param.is_complex():
                found = "sparse" if param.is_sparse else "complex"
                raise ValueError(f"parameter {index} must be a dense tensor of real numbers, but is {found}")

    def _check_gradients(self) -> None:
        for number, group in enumerate(self.param_groups):
            for index, param in enumerate(group["params"]):
                if param.grad is not None and not param.grad.is_sparse:
                    what = f"the gradient of parameter {index} of group {number}"
                    raise RuntimeError(f"{what} must be sparse, but is dense, for which there is Adam")

    def state_dict(self) -> dict[str, Any]:
        """Return the state as torch's optimizer of the same name has it, with numbers of steps that are no tensors.

        Returns
        -------
        dict
            State for `load_state_dict` of this class or of torch's.
        """
        result = super().state_dict()
        states = result["state"]
        result["state"] = {key: {**state, "step": int(state["step"])} for key, state in states.items()}
        return result
