"""Optimizers for PyTorch with the methods of thalweg: one call for all tensors, with torch's names and states.

The classes of methods that torch has too take the arguments of torch's, have the same defaults, and keep their states
under the same keys in tensors of torch, so that hooks, schedulers, `state_dict`, pickling and checkpoints work, and
states of torch's optimizers continue here and back. The others, and `Optimizer` for any method by its text, take the
hyperparameters of thalweg. All of them can keep their states in 16 or 8 bits (``state="bf16"``, ``"8bit"``).

Parameters are dense tensors of the processor in float32, float64 or bfloat16. A gradient that contains an infinity or
a NaN is used as it is, as in torch; ``nonfinite="refuse"`` raises an error and ``"skip"`` skips the step. A sparse
gradient, such as that of ``torch.nn.Embedding(sparse=True)``, makes exactly the step of the dense one, decay of states
and weights included. For `SGD` without momentum and `Adagrad`, both without weight decay, only the rows of the gradient
are read and written; for the others the gradient becomes a dense tensor. `SparseAdam` is the method of torch that moves
the rows of the gradient alone, and leaves the states of the others as they are.

Examples
--------
>>> import torch
>>> from thalweg.torch import AdamW
>>> model = torch.nn.Linear(2, 1)
>>> optimizer = AdamW(model.parameters(), lr=0.1)
>>> x, y = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.tensor([[1.0], [2.0], [3.0]])
>>> for _ in range(300):
...     optimizer.zero_grad()
...     loss = ((model(x) - y) ** 2).mean()
...     loss.backward()
...     _ = optimizer.step()
>>> loss.item() < 1e-3
True
"""

from __future__ import annotations

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        "thalweg.torch needs PyTorch, which `pip install 'thalweg[torch]'` installs", name=_error.name
    ) from None

from ._others import FTRL, LAMB, LARS, AdaBelief, Adan, Lion, Optimizer, SignSGD, Yogi
from ._sparse import SparseAdam
from ._torch_methods import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, RAdam, RMSprop

__all__ = [
    "AdaBelief",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Adan",
    "FTRL",
    "LAMB",
    "LARS",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "SGD",
    "SignSGD",
    "SparseAdam",
    "Yogi",
]
