"""States of small parameters side by side, and programs that replace them or their memory."""

import copy
import io

import pytest

from .cases import CLASSES, torch

import thalweg
import thalweg.torch
from thalweg.torch import _packs

ALL = pytest.mark.parametrize("name", list(CLASSES))
SHAPES = [(3,), (2, 3), (), (1,), (50, 100), (4,), (0,), (2, 2)]


def params_of(dtype=torch.float32):
    """Return parameters of several shapes, of which one is too large for a pack."""
    generator = torch.Generator().manual_seed(2)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator).to(dtype)) for shape in SHAPES]


def step(params, optimizer, number):
    """Make a step with gradients that depend on the parameters; now and then some have none."""
    for index, param in enumerate(params):
        is_frozen = (number + index) % 5 == 0 or (index == 5 and number < 3)
        param.grad = None if is_frozen else torch.sin(param.detach() * (index + 1)) + 0.1 * number
    optimizer.step()


def run(make, change=None, steps=12, dtype=torch.float32):
    """Return the numbers of all parameters after some steps; `change` is called between them."""
    params = params_of(dtype)
    optimizer = make(params)
    for number in range(steps):
        if change is not None:
            optimizer = change(params, optimizer, number) or optimizer
        step(params, optimizer, number)
    return [param.detach() for param in params]


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a, b)


def adam(params):
    return thalweg.torch.Adam(params, lr=0.05)


@ALL
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_packs_change_no_number(name, dtype, monkeypatch):
    def make(params):
        return getattr(thalweg.torch, name)(params, **CLASSES[name])

    packed = run(make, dtype=dtype)
    monkeypatch.setattr(_packs, "MAX_NUMBERS", 0)
    assert_same(packed, run(make, dtype=dtype))


def storages(optimizer, params, key="exp_avg"):
    return [optimizer.state[param][key].untyped_storage().data_ptr() for param in params]


def test_small_states_are_parts_of_one_tensor():
    params = params_of()
    optimizer = adam(params)
    for param in params:
        param.grad = torch.ones_like(param)
    optimizer.step()
    small = [param for param in params if 0 < param.numel() <= 4096]
    assert len(small) == 6 and len(set(storages(optimizer, small))) == 1
    assert len(set(storages(optimizer, small, "step"))) == 1
    large = storages(optimizer, [params[4]])
    assert not set(large) & set(storages(optimizer, small))
    for copied in (copy.deepcopy(optimizer), adam(params)):
        copied.load_state_dict(optimizer.state_dict())
        own = [param for group in copied.param_groups for param in group["params"]]
        some = [own[index] for index in (0, 1, 2, 3, 5, 7)]
        assert len(set(storages(copied, some))) == 1
        assert not set(storages(copied, some)) & set(storages(optimizer, small))


def test_states_that_nobody_has_seen_are_not_looked_up():
    params = params_of()
    optimizer = adam(params)
    for _ in range(3):
        for param in params:
            param.grad = torch.ones_like(param)
        optimizer.step()
    # Behind the back of the optimizer.
    optimizer._states[params[0]]["exp_avg"].data = torch.full((3,), 1e6)
    before = params[0].detach().clone()
    optimizer.step()
    assert (params[0] - before).abs().max() < 0.1
    optimizer.state
    optimizer.step()
    assert (params[0] - before).abs().max() > 0.1


def new_data(tensor):
    tensor.data = tensor.data * 2


def new_memory(tensor):
    tensor.set_(tensor.detach().clone() * 2)


def other_size_and_back(tensor):
    values = tensor.detach().clone() * 2
    tensor.resize_(10_000)
    tensor.resize_(values.shape)
    tensor.copy_(values)


def shared_memory(tensor):
    tensor.share_memory_()
    tensor.mul_(2)


def swapped(tensor):
    torch.utils.swap_tensors(tensor, tensor.detach().clone() * 2)


WAYS = [new_data, new_memory, other_size_and_back, shared_memory, swapped, lambda tensor: tensor.mul_(2)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("is_held", [False, True])
def test_states_with_other_memory_are_used(way, is_held):
    """`is_held`: what `state` returned once is used later, when the optimizer is not asked again."""

    def change_of():
        held = []

        def change(params, optimizer, number):
            if number == 4 and is_held:
                held.append(optimizer.state)
            if number == 7:
                states = held[0] if is_held else optimizer.state
                for index in (1, 5):
                    way(states[params[index]]["exp_avg"])

        return change

    ours = run(adam, change_of())
    torchs = run(lambda params: torch.optim.Adam(params, lr=0.05, foreach=False), change_of())
    for a, b in zip(ours, torchs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


HOLDERS = {
    "tensor": lambda state: state["exp_avg"],
    "dict": lambda state: state,
    "storage": lambda state: state["exp_avg"].untyped_storage(),
    "alias": lambda state: state["exp_avg"].detach(),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_is_held_of_a_state_can_be_changed_later(holder):
    def change_of():
        held = []

        def change(params, optimizer, number):
            if number == 3:
                held.append(HOLDERS[holder](optimizer.state[params[1]]))
            if number == 8:
                value = held[0]
                if holder == "dict":
                    value["exp_avg"] = value["exp_avg"] * 3
                elif holder == "storage":
                    value.share_memory_() if hasattr(value, "share_memory_") else None
                elif holder == "alias":
                    value.mul_(3)
                else:
                    value.data = value.data * 3

        return change

    ours = run(adam, change_of())
    torchs = run(lambda params: torch.optim.Adam(params, lr=0.05, foreach=False), change_of())
    for a, b in zip(ours, torchs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def reloaded(params, optimizer, number):
    if number == 5:
        buffer = io.BytesIO()
        torch.save(optimizer.state_dict(), buffer)
        buffer.seek(0)
        optimizer.load_state_dict(torch.load(buffer, weights_only=True))


def continued_by_another(params, optimizer, number):
    if number == 5:
        other = type(optimizer)(params, lr=0.05)
        other.load_state_dict(optimizer.state_dict())
        return other


def added_group(params, optimizer, number):
    if number == 5:
        params.append(torch.nn.Parameter(torch.ones(3)))
        optimizer.add_param_group({"params": params[-1:], "lr": 0.01})


def reordered(params, optimizer, number):
    if number == 5:
        optimizer.param_groups[0]["params"].reverse()


def forgotten(params, optimizer, number):
    if number == 5:
        optimizer.state.clear()
    if number == 8:
        optimizer.state = type(optimizer.state)(dict)


def other_parameter(params, optimizer, number):
    if number == 5:
        params[0] = optimizer.param_groups[0]["params"][0] = torch.nn.Parameter(torch.full((4,), 0.5))


def other_memory_of_parameters(params, optimizer, number):
    if number == 5:
        params[0].data = params[0].data.clone()
        params[1].data = params[1].data.t().contiguous().t()


@pytest.mark.parametrize(
    "change",
    [
        reloaded,
        continued_by_another,
        added_group,
        reordered,
        forgotten,
        other_parameter,
        other_memory_of_parameters,
    ],
)
def test_changes_of_the_optimizer_are_those_of_torch(change):
    ours = run(adam, change)
    torchs = run(lambda params: torch.optim.Adam(params, lr=0.05, foreach=False), change)
    for a, b in zip(ours, torchs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def test_a_state_that_two_parameters_share_is_refused():
    params = params_of()
    optimizer = adam(params)
    step(params, optimizer, 1)
    step(params, optimizer, 2)
    optimizer.state[params[0]]["exp_avg"] = optimizer.state[params[1]]["exp_avg"].flatten()[:3]
    for param in params:
        param.grad = torch.ones_like(param)
    before = params[0].detach().clone()
    for _ in range(2):
        with pytest.raises(thalweg.Error, match="must not share memory"):
            optimizer.step()
    assert torch.equal(params[0], before)


def test_a_storage_without_memory_is_refused():
    params = params_of()
    optimizer = adam(params)
    for param in params:
        param.grad = torch.ones_like(param)
    optimizer.step()
    optimizer.state[params[4]]["exp_avg"].untyped_storage().resize_(0)
    with pytest.raises(TypeError, match="has no memory"):
        optimizer.step()
