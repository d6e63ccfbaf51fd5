"""The settings and the invalid arguments of torch's own tests, from the table of optimizers in its package.

`test/test_optim.py` of torch, which is not in its package, takes them from the same table; its scenarios are in
`test_scenarios`.
"""

import copy
import warnings

import pytest

from .cases import data, loss_of, model, torch

import thalweg.torch

pytest.importorskip("expecttest", reason="torch.testing needs expecttest")

from torch.testing._internal.common_optimizers import optim_db  # noqa: E402

#: Optimizers of the table that `thalweg.torch` does not have.
NOT_HERE = {
    "ASGD": "its average is that of `thalweg.Optimizer(average=…)`, and its decaying rate a schedule",
    "Adafactor": "the method does not exist in thalweg",
    "LBFGS": "it evaluates the loss several times in a step; in thalweg it runs by `minimize` and `fit`",
    "Muon": "the method does not exist in thalweg",
    "Rprop": "the method does not exist in thalweg",
}

#: Arguments that torch refuses and this package takes, as there is one implementation, to which tensors are numbers.
TAKEN = ("as a Tensor is not supported", "betas must be either both floats or both Tensors")

INFOS = [info for info in optim_db if info.optim_cls.__name__ not in NOT_HERE]
DENSE = [info for info in INFOS if not info.only_supports_sparse_grads]


def name_of(info):
    return info.optim_cls.__name__


def test_every_optimizer_of_the_table_is_here_or_has_a_reason():
    assert {name_of(info) for info in optim_db} == {name_of(info) for info in INFOS} | set(NOT_HERE)
    assert all(hasattr(thalweg.torch, name_of(info)) for info in INFOS)
    assert not any(hasattr(thalweg.torch, name) for name in NOT_HERE)


def settings():
    for info in DENSE:
        for given in info.optim_inputs_func(device="cpu"):
            if not any(given.kwargs.get(key) for key in ("capturable", "differentiable", "foreach", "fused")):
                yield pytest.param(name_of(info), given.kwargs, id=f"{name_of(info)}: {given.desc}")


@pytest.fixture
def double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(("name", "kwargs"), list(settings()))
def test_settings_of_the_table_make_the_steps_of_torch(name, kwargs):
    first = model()
    second = copy.deepcopy(first)
    of_torch = getattr(torch.optim, name)(first.parameters(), foreach=False, **copy.deepcopy(kwargs))
    own = getattr(thalweg.torch, name)(second.parameters(), **copy.deepcopy(kwargs))
    x, y = data()
    for _ in range(20):
        for network, optimizer in ((first, of_torch), (second, own)):
            loss_of(network, x, y)
            optimizer.step()
    for a, b in zip(first.parameters(), second.parameters()):
        torch.testing.assert_close(b, a, rtol=1e-12, atol=1e-12)


def errors():
    for info in INFOS:
        for error in info.optim_error_inputs_func("cpu", torch.float32):
            given = error.optimizer_error_input
            yield pytest.param(info, error, id=f"{name_of(info)}: {given.desc}")


@pytest.mark.parametrize(("info", "error"), list(errors()))
def test_arguments_that_torch_refuses_are_refused(info, error):
    given = error.optimizer_error_input
    params = [torch.nn.Parameter(torch.randn(1))] if given.params is None else given.params
    make = getattr(thalweg.torch, name_of(info))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if any(part in error.error_regex for part in TAKEN):
            make(params, **given.kwargs)
            return
        with pytest.raises(error.error_type):
            make(params, **given.kwargs)
