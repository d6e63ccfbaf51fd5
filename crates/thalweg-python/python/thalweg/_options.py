"""Types of the options that any method takes; only for type checkers."""

from __future__ import annotations

from typing import Literal, TypedDict

from ._thalweg import Schedule


class Options(TypedDict, total=False):
    """Options of an optimizer around its method."""

    schedule: str | Schedule
    decay: Literal["coupled", "decoupled", "proximal"]
    clip_value: float
    clip_norm: float
    clip_global_norm: float
    clip_eps: float
    accumulate: int
    nonfinite: Literal["refuse", "skip", "ignore"]
    goal: Literal["minimize", "maximize"]
    ema: float
    average: Literal["off", "polyak"]
    state: Literal["full", "f32", "bf16", "8bit"]
    seed: int
