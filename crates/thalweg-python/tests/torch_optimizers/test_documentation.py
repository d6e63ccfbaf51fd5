"""The examples of the documentation of `thalweg.torch`."""

import doctest

import pytest

from .cases import CLASSES, torch  # noqa: F401

import thalweg.torch
from thalweg.torch import _base, _others, _sparse, _torch_methods


@pytest.mark.parametrize("module", [thalweg.torch, _base, _others, _sparse, _torch_methods], ids=lambda module: module.__name__)
def test_examples_run(module):
    assert doctest.testmod(module).failed == 0


def test_every_class_is_documented():
    for name in thalweg.torch.__all__:
        documentation = getattr(thalweg.torch, name).__doc__
        assert "Parameters\n    ----------" in documentation, name
    assert set(CLASSES) | {"Optimizer", "SparseAdam"} == set(thalweg.torch.__all__)
