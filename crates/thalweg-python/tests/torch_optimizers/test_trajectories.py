"""Trajectories and states next to those of torch's own loops over tensors."""

import copy

import pytest

from .cases import CASES, IDS, assert_equal, data, loss_of, pair, torch

import thalweg.torch


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def dtype(request):
    """Type of the parameters; torch keeps steps and NAdam's product in the default type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(request.param)
    yield request.param
    torch.set_default_dtype(before)


@pytest.fixture
def double():
    """Double precision for all that torch keeps."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_steps_are_those_of_torch_with_states_exchanged_both_ways(name, options, dtype):
    x, y = data(dtype)
    (first, of_torch), (second, own) = pair(name, options, dtype)
    # Roundings in single precision grow where gradients are near 0.
    tolerance = 1e-12 if dtype == torch.float64 else 2e-4
    for step in range(60):
        for network, optimizer in ((first, of_torch), (second, own)):
            loss_of(network, x, y)
            if step % 7 == 3:
                network[0].weight.grad = None
            optimizer.step()
        assert_equal(first, second, tolerance)
        if step == 30:
            states = copy.deepcopy(of_torch.state_dict()), copy.deepcopy(own.state_dict())
            of_torch.load_state_dict(states[1])
            own.load_state_dict(states[0])
    keys = [{n: sorted(s) for n, s in o.state_dict()["state"].items()} for o in (of_torch, own)]
    assert keys[0] == keys[1]
    groups = [{key for group in o.state_dict()["param_groups"] for key in group} for o in (of_torch, own)]
    assert groups[0] == groups[1]


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_numbers_in_another_order_are_those_of_torch(name, options):
    torch.manual_seed(0)
    layouts = {
        "transposed": lambda: torch.randn(4, 3, dtype=torch.float64).t(),
        "every other": lambda: torch.randn(3, 8, dtype=torch.float64)[:, ::2],
        "no numbers": lambda: torch.randn(0, 2, dtype=torch.float64),
        "one number": lambda: torch.randn((), dtype=torch.float64),
        "rows": lambda: torch.randn(3, 4, dtype=torch.float64),
    }
    starts = {name: make() for name, make in layouts.items()}
    optimizers = []
    for module in (torch.optim, thalweg.torch):
        params = [start.detach() for start in starts.values()]
        params = [torch.nn.Parameter(param if module is thalweg.torch else param.clone()) for param in params]
        own = {} if module is thalweg.torch else {"foreach": False}
        optimizers.append((params, getattr(module, name)(params, **options, **own)))
    for step in range(10):
        gradients = [torch.randn(start.shape, dtype=torch.float64) for start in starts.values()]
        for params, optimizer in optimizers:
            for param, gradient in zip(params, gradients):
                # Another order than that of the parameter.
                param.grad = gradient.t().contiguous().t() if gradient.dim() == 2 and step % 2 else gradient
            optimizer.step()
    for label, a, b in zip(starts, *(params for params, _ in optimizers)):
        torch.testing.assert_close(b, a, rtol=1e-12, atol=1e-12, msg=label)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("name", ["SGD", "Adam", "NAdam", "RMSprop", "Adadelta", "Adamax", "Adagrad", "RAdam"])
def test_schedulers_and_groups_change_every_hyperparameter(name):
    x, y = data()
    optimizers = []
    for module in (torch.optim, thalweg.torch):
        (network, _), _ = pair(name, {"lr": 0.01})
        momentum = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
        groups = [
            {"params": network[0].parameters(), "weight_decay": 0.1},
            {"params": network[2].parameters(), "lr": 0.02},
        ]
        optimizer = getattr(module, name)(groups, lr=0.01, **momentum)
        cycles = momentum or name in ("Adam", "NAdam", "RAdam", "Adamax")
        schedulers = [torch.optim.lr_scheduler.StepLR(optimizer, 5, 0.5)]
        if cycles:
            cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=[0.05, 0.1], total_steps=40)
            schedulers = [cycle]
        optimizers.append((network, optimizer, schedulers))
    for _ in range(30):
        for network, optimizer, schedulers in optimizers:
            loss_of(network, x, y)
            optimizer.step()
            for scheduler in schedulers:
                scheduler.step()
    assert_equal(optimizers[0][0], optimizers[1][0], 1e-12)
