"""The step of all optimizers for PyTorch: states in tensors of torch, and one call for all tensors."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any, Callable, NamedTuple

import torch

from thalweg._thalweg import StatelessOptimizer, StatePack

from ._packs import pack_states
from ._stand_ins import StandIns, TensorGroup

#: Keys of the states in torch, by method and slot; other slots keep their names.
STATE_KEYS = {
    "adam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adamw": {"m": "exp_avg", "v": "exp_avg_sq"},
    "amsgrad": {"m": "exp_avg", "v": "exp_avg_sq", "v_max": "max_exp_avg_sq"},
    "momentum": {"velocity": "momentum_buffer"},
    "nag": {"velocity": "momentum_buffer"},
    "adagrad": {"v": "sum"},
    "rmsprop": {
        "v": "square_avg",
        "c": "centered_square_avg",
        "g_mean": "grad_avg",
        "velocity": "momentum_buffer",
    },
    "adadelta": {"v": "square_avg", "u": "acc_delta"},
    "adamax": {"m": "exp_avg", "u": "exp_inf"},
    "nadam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "radam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "lion": {"m": "exp_avg"},
}

#: Suffix of the keys of the exponents of states in 8 bits.
EXPONENTS = "_exponents"

#: Types of states, and of the treatment of gradients that are not finite.
STATE_TYPES = ("full", "bf16", "8bit")
NONFINITE = ("ignore", "refuse", "skip")


class Rule(NamedTuple):
    """The method of a group, and where its states are."""

    #: Text of the method with the hyperparameters that are choices.
    method: str
    #: Values of the other hyperparameters.
    hyperparameters: dict[str, float]
    #: Key of the number of steps, or None where the states hold it: momentum exists from the first step on.
    step_key: str | None = "step"
    #: Key of the number that is carried from step to step.
    carry_key: str | None = None


class Engine:
    """A method with its slots and the keys of its states."""

    def __init__(self, method: str) -> None:
        self.kernel = StatelessOptimizer(method)
        keys = STATE_KEYS.get(method.split(":")[0], {})
        self.slots = [(keys.get(name, name), start) for name, start in self.kernel.slots]
        self.keys = [key for key, _ in self.slots]
        self.exponent_keys = [key + EXPONENTS for key in self.keys]


def scalar_type() -> torch.dtype:
    """Return the type of numbers of steps in torch's states."""
    return torch.float64 if torch.get_default_dtype() == torch.float64 else torch.float32


class TensorOptimizer(torch.optim.Optimizer):
    """Base of the optimizers: keeps states as torch does, and steps all tensors in one call."""

    def __init__(
        self,
        params: Any,
        defaults: dict[str, Any],
        *,
        state: str = "full",
        nonfinite: str = "ignore",
        clip_global_norm: float | None = None,
        seed: int = 0,
    ) -> None:
        if state not in STATE_TYPES:
            raise ValueError(f"state must be one of {', '.join(STATE_TYPES)}, but is {state!r}")
        if nonfinite not in NONFINITE:
            raise ValueError(f"nonfinite must be one of {', '.join(NONFINITE)}, but is {nonfinite!r}")
        for name in ("differentiable", "capturable"):
            if defaults.get(name):
                raise ValueError(f"{name} must be False: a step is no part of autograd or of a graph of a device")
        self._state_type = state
        self._nonfinite = nonfinite
        self._clip_global_norm = clip_global_norm
        self._seed = seed
        self._engines: dict[str, Engine] = {}
        self._texts: dict[tuple[str, bool], str] = {}
        self._version = 0
        self._check(defaults)
        super().__init__(params, defaults)

    @property
    def state(self) -> defaultdict[torch.Tensor, Any]:
        """States of the parameters: of each a dict of tensors, as in torch.

        The tensors of small parameters may be parts of one.
        """
        # Whoever asks may replace a tensor or its memory, which the next step then looks up.
        self._version += 1
        return self._states

    @state.setter
    def state(self, states: defaultdict[torch.Tensor, Any]) -> None:
        self._version += 1
        self._states = states
        self._packs: list[StatePack] = []

    def _rule(self, group: dict[str, Any]) -> Rule:
        """Return the method of a group."""
        raise NotImplementedError

    def _check(self, group: dict[str, Any]) -> None:
        """Raise an error if a hyperparameter of a group is out of its range."""
        rule = self._rule(group)
        rates = {"lr": float(group["lr"]), "weight_decay": float(group.get("weight_decay", 0.0))}
        StatelessOptimizer(self._text(rule, group), **rule.hyperparameters, **rates)

    def _text(self, rule: Rule, group: dict[str, Any]) -> str:
        """Return the text of the method of a group with all that its engine depends on."""
        key = (rule.method, bool(group.get("maximize")))
        text = self._texts.get(key)
        if text is None:
            options = [f"state={self._state_type}", f"nonfinite={self._nonfinite}", f"seed={self._seed}"]
            if key[1]:
                options.append("goal=maximize")
            if self._clip_global_norm is not None:
                options.append(f"clip_global_norm={self._clip_global_norm!r}")
            text = rule.method + ("," if ":" in rule.method else ":") + ",".join(options)
            self._texts[key] = text
        return text

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, as torch does; its hyperparameters are checked."""
        super().add_param_group(param_group)
        try:
            self._check(self.param_groups[-1])
        except Exception:
            self.param_groups.pop()
            raise

    def _check_gradients(self) -> None:
        """Raise an error if there is a gradient that the method does not take."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make one step of all parameters that have a gradient.

        Parameters
        ----------
        closure : callable, optional
            Evaluates the model and returns the loss, with gradients.

        Returns
        -------
        torch.Tensor, float or None
            What `closure` returned.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._check_gradients()
        if sys.getrefcount(self._states) > 2:  # somebody has kept what `state` returned
            self._version += 1
        calls: dict[str, list[TensorGroup]] = {}
        for group in self.param_groups:
            rule = self._rule(group)
            text = self._text(rule, group)
            tensors = self._tensors(self._engine(text), rule, group)
            calls.setdefault(text, []).append(tensors)
        if len(calls) > 1 and self._clip_global_norm is not None:
            raise ValueError("clip_global_norm needs groups of one method, but they have several")
        for text, groups in calls.items():
            self._step_groups(self._engines[text], groups)
        return loss

    def _engine(self, text: str) -> Engine:
        engine = self._engines.get(text)
        if engine is None:
            engine = self._engines[text] = Engine(text)
        return engine

    def _tensors(self, engine: Engine, rule: Rule, group: dict[str, Any]) -> TensorGroup:
        """Return a group for a step."""
        return TensorGroup(
            group["params"],
            self._states,
            self._version,
            self._packs,
            engine.keys,
            engine.exponent_keys if self._state_type == "8bit" else None,
            rule.step_key,
            rule.carry_key,
            None,
            float(group["lr"]),
            float(group.get("weight_decay", 0.0)),
            rule.hyperparameters,
        )

    def _init_state(self, engine: Engine, group: TensorGroup, param: torch.Tensor) -> None:
        """Create the state of a parameter before its first step."""
        state = self._states[param]
        if group.step_key is not None:
            state[group.step_key] = torch.zeros((), dtype=scalar_type())
        if group.carry_key is not None:
            state[group.carry_key] = torch.ones((), dtype=scalar_type())
        dtype = torch.float64 if param.dtype == torch.float64 else torch.float32
        if self._state_type == "full":
            for key, start in engine.slots:
                state[key] = torch.full_like(param, start, dtype=dtype, memory_format=torch.preserve_format)
            return
        arrays = engine.kernel.new_slots(param.numel(), str(dtype).removeprefix("torch."))
        for (key, _), (numbers, exponents) in zip(engine.slots, arrays):
            numbers = torch.from_numpy(numbers)
            # Words with several numbers have no dimensions of their own.
            state[key] = numbers if numbers.dtype == torch.int32 else numbers.reshape(param.shape)
            if exponents is not None:
                state[key + EXPONENTS] = torch.from_numpy(exponents)

    def _step_groups(self, engine: Engine, groups: list[TensorGroup]) -> None:
        result, params = engine.kernel.step(groups)
        if result == "without_state":
            groups = self._with_states(engine, groups, params)
            result, params = engine.kernel.step(groups)
        stand_ins = None
        while result in ("sparse", "other_layouts"):
            stand_ins = stand_ins or StandIns(groups, steps_by_rows=self._steps_by_rows)
            stand_ins.replace(params, is_sparse=result == "sparse")
            result, params = engine.kernel.step(stand_ins.groups)
        if result == "stepped":
            if stand_ins is not None:
                params = stand_ins.write_back(params)
            if params is None:
                params = [param for group in groups for param in group.params]
            torch.autograd.graph.increment_version(params)

    def _with_states(
        self, engine: Engine, groups: list[TensorGroup], new: list[tuple[int, int]]
    ) -> list[TensorGroup]:
        """Create the states of some parameters, and return the groups with what is new in them."""
        self._version += 1
        groups = [group._replace(first=[], version=self._version) for group in groups]
        for number, index in new:
            group = groups[number]
            self._init_state(engine, group, group.params[index])
            assert group.first is not None
            group.first.append(index)
        if not self._states.keys() - {group.params[index] for group in groups for index in group.first or ()}:
            self._packs.clear()
        for group in groups:
            self._pack(group, [group.params[index] for index in group.first or ()])
        return groups

    def _pack_all(self) -> None:
        self._packs.clear()
        for group in self.param_groups:
            rule = self._rule(group)
            self._pack(self._tensors(self._engine(self._text(rule, group)), rule, group), group["params"])

    def _pack(self, group: TensorGroup, params: list[torch.Tensor]) -> None:
        """Put the states of small parameters side by side."""
        if self._state_type == "full":
            self._packs += pack_states(self._states, params, group.slots, [group.step_key, group.carry_key])

    def _steps_by_rows(self, group: TensorGroup, param: torch.Tensor) -> bool:
        """Return True if rows without a gradient do not change in a step: then it is made of the others alone."""
        is_full = self._state_type == "full" and param.dtype in (torch.float32, torch.float64)
        # Plain descent, and AdaGrad, whose sums of squares do not decay.
        return is_full and group.weight_decay == 0 and group.slots in ([], ["sum"])

    def __getstate__(self) -> dict[str, Any]:
        own = {name: self.__dict__[name] for name in ("_state_type", "_nonfinite", "_clip_global_norm", "_seed")}
        return {**super().__getstate__(), **own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._engines, self._texts, self._version = {}, {}, 0
        self.state = state["state"]
        super().__setstate__({key: value for key, value in state.items() if key != "state"})
        self._pack_all()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a state, one of this optimizer or of torch's of the same name.

        States in 16 or 8 bits keep their type, which torch would convert to that of the parameters.

        Parameters
        ----------
        state_dict : dict
            State that `state_dict` returned.
        """
        super().load_state_dict(state_dict)
        own = [param for group in self.param_groups for param in group["params"]]
        saved = [number for group in state_dict["param_groups"] for number in group["params"]]
        for param, number in zip(own, saved):
            state = self.state.get(param, {})
            for key, value in state_dict["state"].get(number, {}).items():
                if isinstance(value, torch.Tensor) and key in state and is_kept(param, key, value):
                    state[key] = value.detach().clone()
                elif key == "step" and not isinstance(value, torch.Tensor):
                    state[key] = torch.tensor(float(value), dtype=scalar_type())
        self._pack_all()


def is_kept(param: torch.Tensor, key: str, value: torch.Tensor) -> bool:
    """Return True for a state whose type is not that of its parameter."""
    is_narrow = not value.is_floating_point()
    return is_narrow or key == "mu_product" or (param.dtype == torch.bfloat16 and value.dtype == torch.float32)
