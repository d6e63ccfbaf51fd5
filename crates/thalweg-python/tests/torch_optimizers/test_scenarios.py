"""The scenarios of torch's own tests of optimizers (`test/test_optim.py`, class `TestOptimRenewed`), and more.

| scenario of torch | test |
| --- | --- |
| errors | `test_torch_table`, `test_what_is_refused` |
| forloop_goes_right_direction, with schedulers | `test_goes_in_the_right_direction` |
| the same with parameters that are not contiguous | `test_trajectories`: numbers in another order |
| param_groups_lr, param_groups_weight_decay, param_group_with_lrscheduler_goes_right_direction | `test_trajectories`: groups |
| tensor_lr | `test_a_learning_rate_can_be_a_tensor`, `test_torch_table` |
| foreach_matches_forloop, fused_matches_forloop, with a frozen layer | `test_trajectories`, `test_torch_table` |
| step_is_noop_when_params_have_no_grad, …_for_zero_grads | `test_parameters_without_a_gradient_stay`, `test_gradients_of_zero_…` |
| optimizer_can_be_printed | `test_can_be_printed` |
| state_dict_deterministic, load_from_to_named_state_dict, save_load_equality_with_weights_only | `test_a_run_continues_…` |
| can_load_older_state_dict, load_nontensor_step | `test_steps_of_older_states_are_numbers` |
| step, state_dict and load_state_dict hooks, before and after | `test_hooks_are_called` |
| deepcopy_copies_all_public_attrs, non_empty_state | `test_copies_are_independent_and_continue` |

Not applicable: complex, complex_2d (complex parameters are refused); cpu_load_on_gpu, cuda and capturable scenarios
(parameters are on the processor, `capturable` is refused); differentiable (refused); foreach_large_tensor,
peak_memory_foreach, fused_cpu_matches_cuda, mixed_device_dtype (one implementation, one device); rosenbrock_sparse
(`test_sparse` has sparse gradients); the optimizers of `test_torch_table.NOT_HERE`.
"""

import copy
import io

import pytest

from .cases import CLASSES, OTHERS, data, loss_of, model, torch

import thalweg
import thalweg.torch

ALL = pytest.mark.parametrize("name", list(CLASSES))


def optimizer_of(name, params, **options):
    """Return an optimizer of a class of `thalweg.torch`."""
    return getattr(thalweg.torch, name)(params, **{**CLASSES[name], **options})


def steps(network, optimizer, count):
    """Make steps and return the losses."""
    x, y = data()
    losses = []
    for _ in range(count):
        losses.append(loss_of(network, x, y).item())
        optimizer.step()
    return losses


@ALL
def test_goes_in_the_right_direction(name):
    network = model()
    optimizer = optimizer_of(name, network.parameters())
    losses = steps(network, optimizer, 30)
    assert losses[-1] < losses[0]
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    scheduler.step(losses[-1])
    assert steps(network, optimizer, 30)[-1] < losses[0]


@ALL
def test_parameters_without_a_gradient_stay(name):
    network = model()
    optimizer = optimizer_of(name, network.parameters())
    before = copy.deepcopy(network.state_dict())
    optimizer.step()
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])
    assert not optimizer.state


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in ("AdamW",)])
def test_gradients_of_zero_change_nothing(name):
    network = model()
    optimizer = optimizer_of(name, network.parameters(), weight_decay=0.0)
    before = copy.deepcopy(network.state_dict())
    for param in network.parameters():
        param.grad = torch.zeros_like(param)
    optimizer.step()
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])


@ALL
def test_can_be_printed(name):
    network = model()
    text = repr(optimizer_of(name, network.parameters()))
    assert text.startswith(name) and "lr" in text


@ALL
@pytest.mark.parametrize(("is_named", "continues_named"), [(False, False), (True, True), (True, False), (False, True)])
def test_a_run_continues_from_its_state(name, is_named, continues_named):
    network = model()
    params = network.named_parameters() if is_named else network.parameters()
    optimizer = optimizer_of(name, params)
    steps(network, optimizer, 5)
    buffer = io.BytesIO()
    torch.save(optimizer.state_dict(), buffer)
    other = copy.deepcopy(network)
    continued = optimizer_of(name, other.named_parameters() if continues_named else other.parameters())
    buffer.seek(0)
    continued.load_state_dict(torch.load(buffer, weights_only=True))
    assert steps(network, optimizer, 5) == steps(other, continued, 5)
    for a, b in zip(network.parameters(), other.parameters()):
        assert torch.equal(a, b)


@ALL
def test_copies_are_independent_and_continue(name):
    network = model()
    optimizer = optimizer_of(name, network.parameters())
    steps(network, optimizer, 5)
    other, copied = copy.deepcopy((network, optimizer))
    assert steps(network, optimizer, 5) == steps(other, copied, 5)
    assert type(copied) is type(optimizer)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RAdam", "NAdam", "Adagrad", "RMSprop", "Adadelta", "Adamax"])
def test_steps_of_older_states_are_numbers(name):
    network = model()
    optimizer = optimizer_of(name, network.parameters())
    steps(network, optimizer, 3)
    state = copy.deepcopy(optimizer.state_dict())
    for of_param in state["state"].values():
        of_param["step"] = int(of_param["step"])
    other = copy.deepcopy(network)
    continued = optimizer_of(name, other.parameters())
    continued.load_state_dict(state)
    assert steps(network, optimizer, 3) == steps(other, continued, 3)


@ALL
def test_a_learning_rate_can_be_a_tensor(name):
    first, second = model(), model()
    a, b = optimizer_of(name, first.parameters(), lr=0.01), optimizer_of(name, second.parameters(), lr=torch.tensor(0.01))
    steps(first, a, 3), steps(second, b, 3)
    for p, q in zip(first.parameters(), second.parameters()):
        torch.testing.assert_close(p, q)


@ALL
def test_hooks_are_called(name):
    network, called = model(), []
    optimizer = optimizer_of(name, network.parameters())
    optimizer.register_step_pre_hook(lambda *_: called.append("before step"))
    optimizer.register_step_post_hook(lambda *_: called.append("after step"))
    optimizer.register_state_dict_pre_hook(lambda *_: called.append("before state"))
    optimizer.register_state_dict_post_hook(lambda *_: called.append("after state"))
    optimizer.register_load_state_dict_pre_hook(lambda *_: called.append("before load"))
    optimizer.register_load_state_dict_post_hook(lambda *_: called.append("after load"))
    steps(network, optimizer, 1)
    optimizer.load_state_dict(optimizer.state_dict())
    assert called == ["before step", "after step", "before state", "after state", "before load", "after load"]


@ALL
def test_a_closure_gives_the_loss(name):
    network = model()
    optimizer, (x, y) = optimizer_of(name, network.parameters()), data()
    first = optimizer.step(lambda: loss_of(network, x, y))
    second = optimizer.step(lambda: loss_of(network, x, y))
    assert second < first


def test_autograd_sees_that_parameters_have_changed():
    x = torch.ones(3, requires_grad=True)
    optimizer = thalweg.torch.SGD([x], lr=0.1)
    y = (x**2).sum()
    x.grad = torch.ones(3)
    version = x._version
    optimizer.step()
    assert x._version > version
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_grad_scaler_and_averaged_model_work():
    network, (x, y) = model(torch.float32), data(torch.float32)
    optimizer = thalweg.torch.AdamW(network.parameters(), lr=0.01)
    scaler, averaged = torch.amp.GradScaler("cpu"), torch.optim.swa_utils.AveragedModel(network)
    for step in range(4):
        network.zero_grad()
        loss = ((network(x) - y) ** 2).mean() * (float("inf") if step == 2 else 1.0)
        before = network[0].weight.detach().clone()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        averaged.update_parameters(network)
        assert torch.equal(before, network[0].weight) == (step == 2)


def test_gradients_that_are_not_finite():
    def after(**options):
        x = torch.ones(2, requires_grad=True)
        x.grad = torch.tensor([float("nan"), 1.0])
        thalweg.torch.SGD([x], lr=0.5, **options).step()
        return x.tolist()

    assert after()[1] == 0.5 and after()[0] != after()[0]
    assert after(nonfinite="skip") == [1.0, 1.0]
    with pytest.raises(thalweg.NotFiniteError):
        after(nonfinite="refuse")


def test_clipping_is_that_of_torch():
    first, second, (x, y) = model(), model(), data()
    of_torch = torch.optim.Adam(first.parameters(), lr=0.01)
    own = thalweg.torch.Adam(second.parameters(), lr=0.01, clip_global_norm=0.1)
    for _ in range(10):
        loss_of(first, x, y)
        torch.nn.utils.clip_grad_norm_(first.parameters(), 0.1)
        of_torch.step()
        loss_of(second, x, y)
        own.step()
    for a, b in zip(first.parameters(), second.parameters()):
        torch.testing.assert_close(b, a, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("state", ["bf16", "8bit"])
@pytest.mark.parametrize("name", ["Adam", "AdamW", "Lion", "SGD"])
def test_narrow_states_are_near_and_continue(name, state):
    torch.manual_seed(0)
    start, target = torch.randn(100, 50), torch.randn(100, 50)
    momentum = {"momentum": 0.9} if name == "SGD" else {}

    def run(network, optimizer, count):
        for _ in range(count):
            network.grad = network.detach() - target
            optimizer.step()

    make = getattr(thalweg.torch, name)
    full, narrow = (torch.nn.Parameter(start.clone()) for _ in range(2))
    of_full = make([full], lr=0.01, **momentum)
    of_narrow = make([narrow], lr=0.01, state=state, **momentum)
    run(full, of_full, 50), run(narrow, of_narrow, 50)
    distance = (full - narrow).abs().mean() / (full - start).abs().mean()
    assert 0 < distance < 0.1
    bytes_of = lambda o: sum(v.nbytes for v in o.state_dict()["state"][0].values())  # noqa: E731
    assert bytes_of(of_narrow) < bytes_of(of_full) * (0.55 if state == "bf16" else 0.3)
    buffer = io.BytesIO()
    torch.save(of_narrow.state_dict(), buffer)
    buffer.seek(0)
    other = torch.nn.Parameter(narrow.detach().clone())
    continued = make([other], lr=0.01, state=state, **momentum)
    continued.load_state_dict(torch.load(buffer, weights_only=True))
    run(narrow, of_narrow, 20), run(other, continued, 20)
    assert torch.equal(narrow, other)


def test_parameters_in_bfloat16_follow_those_in_float32():
    torch.manual_seed(0)
    start, target = torch.randn(200, 50), torch.randn(200, 50)
    full, half = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.bfloat16())
    optimizers = thalweg.torch.AdamW([full], lr=0.01), thalweg.torch.AdamW([half], lr=0.01)
    for _ in range(100):
        full.grad, half.grad = full.detach() - target, (half.detach().float() - target).bfloat16()
        for optimizer in optimizers:
            optimizer.step()
    assert optimizers[1].state[half]["exp_avg"].dtype == torch.float32
    assert (full - half.float()).abs().mean() < 0.01
    state = copy.deepcopy(optimizers[1].state_dict())
    optimizers[1].load_state_dict(state)
    assert optimizers[1].state[half]["exp_avg"].dtype == torch.float32


def test_a_method_by_its_text():
    first, second = model(), model()
    a = thalweg.torch.Optimizer(first.parameters(), "adamw:beta1=0.8", lr=0.01)
    b = torch.optim.AdamW(second.parameters(), lr=0.01, betas=(0.8, 0.999))
    steps(first, a, 10), steps(second, b, 10)
    for p, q in zip(first.parameters(), second.parameters()):
        torch.testing.assert_close(p, q, rtol=1e-10, atol=1e-10)
    assert a.param_groups[0]["beta1"] == 0.8


@pytest.mark.parametrize("name", OTHERS)
def test_methods_that_torch_does_not_have_are_those_of_arrays(name):
    start = torch.linspace(-1, 2, 6, dtype=torch.float64)
    x, array = torch.nn.Parameter(start.clone()), start.numpy().copy()
    own = optimizer_of(name, [x], weight_decay=0.1)
    of_arrays = thalweg.Optimizer(name.lower(), lr=0.01, weight_decay=0.1)
    for _ in range(20):
        x.grad = torch.sin(x.detach()) + 0.1
        of_arrays.step(array, x.grad.numpy())
        own.step()
        assert torch.equal(x.detach(), torch.from_numpy(array))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: thalweg.torch.Adam([x], lr=-1.0), "lr must be at least 0"),
        (lambda x: thalweg.torch.Adam([x], betas=(1.0, 0.9)), "beta1"),
        (lambda x: thalweg.torch.Adam([x], eps=-1.0), "eps"),
        (lambda x: thalweg.torch.AdamW([x], weight_decay=-1.0), "weight_decay must be at least 0"),
        (lambda x: thalweg.torch.SGD([x], nesterov=True), "nesterov needs a momentum"),
        (lambda x: thalweg.torch.Adam([x], capturable=True), "capturable must be False"),
        (lambda x: thalweg.torch.Adam([x], differentiable=True), "differentiable must be False"),
        (lambda x: thalweg.torch.Adam([x], state="4bit"), "state must be one of full, bf16, 8bit"),
        (lambda x: thalweg.torch.Adam([x], nonfinite="raise"), "nonfinite must be one of"),
        (lambda x: thalweg.torch.Optimizer([x], "adam:state=bf16"), "option state, which is an argument"),
        (lambda x: thalweg.torch.Optimizer([x], "adma"), "did you mean 'adam'"),
        (lambda x: thalweg.torch.Optimizer([x], "lbfgs"), "the method of a step must be one that needs the gradient alone"),
        (lambda x: thalweg.torch.Lion([x], beta3=0.5), "beta3"),
        (lambda x: thalweg.torch.Adam([{"params": [x], "lr": -2.0}]), "lr must be at least 0"),
    ],
)
def test_wrong_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(torch.nn.Parameter(torch.ones(2)))


def test_what_is_refused():
    x = torch.nn.Parameter(torch.ones(2))
    y = torch.nn.Parameter(torch.ones(2))

    def step(*params, grads):
        optimizer = thalweg.torch.SGD(params, lr=0.1)
        for param, grad in zip(params, grads):
            param.grad = grad
        optimizer.step()

    half, number = (torch.nn.Parameter(torch.ones(2, dtype=dtype)) for dtype in (torch.float16, torch.complex64))
    for param in (half, number):
        with pytest.raises(TypeError, match="parameter 0 of group 0 must have numbers of float32, float64 or bfloat16"):
            step(param, grads=[torch.ones(2, dtype=param.dtype)])
    shared = torch.ones(4)
    a, b = torch.nn.Parameter(shared[:3]), torch.nn.Parameter(shared[2:])
    with pytest.raises(thalweg.Error, match="must not share memory"):
        step(a, b, grads=[torch.ones(3), torch.ones(2)])
    assert shared.tolist() == [1.0] * 4
    step(x, y, grads=[torch.ones(2)] * 2)
    assert x.tolist() == y.tolist() == pytest.approx([0.9, 0.9])
