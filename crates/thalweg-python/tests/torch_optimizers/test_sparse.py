"""Sparse gradients, such as those of `torch.nn.Embedding(sparse=True)`."""

import pytest

from .cases import CLASSES, torch

import thalweg.torch

ALL = pytest.mark.parametrize("name", list(CLASSES))


def train(make, *, sparse, steps=12, dtype=torch.float64):
    """Train an embedding beside a dense layer, and return its rows and the dense weights."""
    torch.manual_seed(3)
    embedding = torch.nn.Embedding(20, 3, sparse=sparse, dtype=dtype)
    layer = torch.nn.Linear(3, 1, dtype=dtype)
    optimizer = make([embedding.weight, *layer.parameters()])
    for step in range(steps):
        # Rows repeat within a batch and come back later; row 19 never has a gradient.
        words = torch.tensor([[step % 7, 3, 3], [step % 5, 11, (2 * step) % 19]])
        optimizer.zero_grad()
        loss = (layer(embedding(words)).sum(1) - 1.0).square().sum()
        loss.backward()
        assert embedding.weight.grad.is_sparse == sparse
        optimizer.step()
    return embedding.weight.detach(), layer.weight.detach(), optimizer


@ALL
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_sparse_gradient_makes_the_step_of_a_dense_one(name, dtype):
    def make(params):
        return getattr(thalweg.torch, name)(params, **CLASSES[name])

    sparse, dense = (train(make, sparse=sparse, dtype=dtype) for sparse in (True, False))
    assert torch.equal(sparse[0], dense[0]) and torch.equal(sparse[1], dense[1])
    states = [[value for state in run[2].state.values() for value in state.values()] for run in (sparse, dense)]
    assert all(torch.equal(a, b) for a, b in zip(*states, strict=True))


@pytest.mark.parametrize(
    "options",
    [
        {"clip_global_norm": 0.1},
        {"weight_decay": 0.1},
        {"maximize": True, "lr": 1e-3},
        {"state": "bf16"},
        {"state": "8bit"},
        {"nonfinite": "skip"},
    ],
)
@pytest.mark.parametrize("name", ["SGD", "Adagrad", "Adam"])
def test_options_with_sparse_gradients(name, options):
    if name == "SGD":
        options = {"momentum": 0.5, **options} if "state" in options else options

    def make(params):
        return getattr(thalweg.torch, name)(params, **{"lr": 0.05, **options})

    sparse, dense = (train(make, sparse=sparse, dtype=torch.float32) for sparse in (True, False))
    assert torch.equal(sparse[0], dense[0]) and torch.equal(sparse[1], dense[1])


@pytest.mark.filterwarnings("ignore:Sparse invariant checks:UserWarning")
@pytest.mark.parametrize("name", ["SGD", "Adagrad"])
def test_torch_makes_the_same_sparse_steps(name):
    ours, theirs = (
        train(lambda params: getattr(module, name)(params, lr=0.005), sparse=True)
        for module in (thalweg.torch, torch.optim)
    )
    assert torch.allclose(ours[0], theirs[0], rtol=1e-12, atol=1e-14)


def train_embedding(make, steps=12, change=None):
    """Train an embedding alone, and return its rows and the optimizer."""
    torch.manual_seed(3)
    embedding = torch.nn.Embedding(20, 3, sparse=True, dtype=torch.float64)
    optimizer = make(list(embedding.parameters()))
    for step in range(steps):
        optimizer.zero_grad()
        words = torch.tensor([step % 7, 3, 3, step % 5, 11, (2 * step) % 19])
        (embedding(words).sum(1) - 1.0).square().sum().backward()
        optimizer.step()
        if change is not None and step == steps // 2:
            optimizer = change(optimizer)
    return embedding.weight.detach(), optimizer


@pytest.mark.filterwarnings("ignore:Sparse invariant checks:UserWarning")
@pytest.mark.parametrize("options", [{}, {"betas": (0.8, 0.95), "eps": 1e-3}, {"maximize": True, "lr": 1e-3}])
def test_sparse_adam_is_that_of_torch_with_states_exchanged_both_ways(options):
    def run(module, other):
        def make(params):
            return module.SparseAdam(params, **{"lr": 0.05, **options})

        def change(optimizer):
            continued = other.SparseAdam(optimizer.param_groups[0]["params"], **{"lr": 0.05, **options})
            continued.load_state_dict(optimizer.state_dict())
            return continued

        return train_embedding(make), train_embedding(make, change=change)

    ours, theirs = run(thalweg.torch, torch.optim), run(torch.optim, thalweg.torch)
    expected, of_torch = theirs[0]
    for rows, optimizer in (*ours, *theirs):
        torch.testing.assert_close(rows, expected, rtol=1e-12, atol=1e-12)
        state, state_of_torch = (list(o.state.values())[0] for o in (optimizer, of_torch))
        assert state.keys() == state_of_torch.keys() and state["step"] == state_of_torch["step"]
        torch.testing.assert_close(state["exp_avg_sq"], state_of_torch["exp_avg_sq"], rtol=1e-12, atol=1e-14)


def test_sparse_adam_takes_gradients_of_single_numbers_and_no_dense_ones():
    weight = torch.nn.Parameter(torch.ones(3, 2))
    optimizer = thalweg.torch.SparseAdam([weight], lr=0.5)
    places = torch.tensor([[0, 2, 0], [1, 0, 1]])
    weight.grad = torch.sparse_coo_tensor(places, torch.ones(3), (3, 2), check_invariants=True)
    optimizer.step()
    torch.testing.assert_close(weight.detach(), torch.tensor([[1.0, 0.5], [1.0, 1.0], [0.5, 1.0]]))
    weight.grad = torch.ones(3, 2)
    with pytest.raises(RuntimeError, match="parameter 0 of group 0 must be sparse"):
        optimizer.step()


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "SparseAdam"])
def test_rows_without_a_gradient_are_not_touched(name, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a dense gradient")

    monkeypatch.setattr(torch.Tensor, "to_dense", refuse)
    train_embedding(lambda params: getattr(thalweg.torch, name)(params, lr=0.05))
    with pytest.raises(AssertionError, match="a dense gradient"):
        train(lambda params: thalweg.torch.Adam(params, lr=0.05), sparse=True)


def test_versions_and_gradients_are_those_of_the_parameter():
    embedding = torch.nn.Embedding(5, 2, sparse=True)
    optimizer = thalweg.torch.Adam(embedding.parameters())
    embedding(torch.tensor([1, 1, 4])).sum().backward()
    version, grad = embedding.weight._version, embedding.weight.grad
    optimizer.step()
    assert embedding.weight._version > version
    assert embedding.weight.grad is grad and grad.is_sparse
    assert set(optimizer.state) == {embedding.weight}


def test_a_column_major_embedding_has_exact_steps():
    def run(layout):
        weight = torch.nn.Parameter(layout(torch.arange(12.0).reshape(4, 3)))
        optimizer = thalweg.torch.Adam([weight], lr=0.1)
        for rows in ([0, 2], [2, 3]):
            weight.grad = torch.sparse_coo_tensor([rows], torch.ones(2, 3), (4, 3), check_invariants=True)
            optimizer.step()
        return weight.detach()

    assert torch.equal(run(lambda x: x), run(lambda x: x.T.contiguous().T))
