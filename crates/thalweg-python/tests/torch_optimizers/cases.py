"""Optimizers with the settings in which torch has the same method."""

import copy

import pytest

torch = pytest.importorskip("torch", minversion="2.10")

import thalweg.torch  # noqa: E402

CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.01, "weight_decay": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.2, "weight_decay": 0.1}),
    ("Adagrad", {"maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5, "maximize": True}),
    ("RMSprop", {"centered": True, "weight_decay": 0.1}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("Adadelta", {}),
    ("Adadelta", {"weight_decay": 0.1, "lr": 0.5, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"weight_decay": 0.1, "amsgrad": True}),
    ("Adam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"amsgrad": True, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"weight_decay": 0.1, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
]

IDS = [" ".join([name, *(f"{key}={value}" for key, value in options.items())]) for name, options in CASES]

#: Methods that torch does not have.
OTHERS = ["Lion", "SignSGD", "AdaBelief", "Yogi", "Adan", "FTRL", "LARS", "LAMB"]

#: All classes, with a learning rate at which they lower the loss of `data`.
CLASSES = {name: {} for name, _ in CASES} | {name: {"lr": 0.01} for name in OTHERS}


def model(dtype=torch.float64):
    """Return a small network, always the same."""
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)
    return torch.nn.Sequential(*layers).to(dtype)


def data(dtype=torch.float64):
    """Return inputs and targets."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 3, generator=generator, dtype=dtype), torch.randn(8, 2, generator=generator, dtype=dtype)


def loss_of(network, x, y):
    """Return the mean squared error after an evaluation with new gradients."""
    network.zero_grad()
    loss = ((network(x) - y) ** 2).mean()
    loss.backward()
    return loss


def pair(name, options, dtype=torch.float64, **more):
    """Return two equal networks with the optimizer of torch and that of thalweg."""
    first = model(dtype)
    second = copy.deepcopy(first)
    of_torch = getattr(torch.optim, name)(first.parameters(), foreach=False, **options, **more)
    return (first, of_torch), (second, getattr(thalweg.torch, name)(second.parameters(), **options, **more))


def assert_equal(first, second, tolerance):
    """Assert that the parameters of two networks are equal to a relative tolerance."""
    for a, b in zip(first.parameters(), second.parameters()):
        torch.testing.assert_close(b, a, rtol=tolerance, atol=tolerance)
