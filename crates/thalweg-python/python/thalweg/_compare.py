"""Comparisons of methods."""

from __future__ import annotations

from . import _html, _picture, _progress, _thalweg
from .errors import Error, InterruptedWarning

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    from ._thalweg import Formula, Method, Schedule
    from ._types import Data, Path, View

__all__ = ["Comparison", "compare"]


def compare(
    subject: str | Formula | Data,
    target: str | None = None,
    *,
    methods: str | Sequence[str | Method] = "sgd,momentum,nag,adagrad,rmsprop,adadelta,adam,nadam",
    protocol: str | Sequence[str] = ("defaults", "rate"),
    trials: int | None = None,
    schedule: str | Schedule = "constant",
    tuning_seeds: int = 5,
    seeds: int = 10,
    steps: int | None = None,
    dim: int | None = None,
    start: ArrayLike | Mapping[str, float] | None = None,
    epochs: int | None = None,
    batch_size: int | str | None = None,
    sync_every: int | None = None,
    workers: int | None = None,
    loss: str | None = None,
    l2: float | None = None,
    runs: Path | None = None,
    force: bool = False,
    progress: bool | None = None,
    threads: int | None = None,
) -> Comparison:
    """Compare methods on a problem, a formula or data.

    Every method is run from the same starts, or on the same mini-batches. Settings are chosen on some seeds and
    reported on others. On a function, each seed moves the start by a tenth; on data, it changes the order of the
    mini-batches. The arguments have the names of the options of the program ``thalweg compare``, and the results are
    the same numbers.

    Ctrl-C ends the comparison within 0.2 s. What was reported until then is returned with an `InterruptedWarning`, and
    `Comparison.complete` is False; KeyboardInterrupt is raised if there is nothing yet. With `runs`, the same call
    makes the other runs.

    Parameters
    ----------
    subject : str, Formula, path or data
        Name of a test problem, such as ``"rosenbrock"``; a formula; or data as in `fit`.
    target : str, optional
        Column of the data to predict. A text with a target is a path; without one it is a problem or a formula.
    methods : str or sequence of str and Method
        Methods, such as ``"sgd,momentum:momentum=0.95,adam"``, or ``"all"``.
    protocol : str or sequence of str
        How settings are chosen: ``"defaults"`` (the methods as given), ``"rate"`` (the learning rate from a grid, which
        is extended while the best one is at its end), ``"tuned"`` (all hyperparameters by the same number of trials).
    trials : int, optional
        Number of trials of each method for ``"tuned"``, by default 30; adds this protocol.
    schedule : str or Schedule, default "constant"
        Schedule of the learning rate of all methods.
    tuning_seeds, seeds : int
        Number of seeds on which settings are chosen, and on which they are reported; at most 10,000.
    steps : int, optional
        Steps of a run on a function, by default 5,000.
    dim : int, optional
        Number of variables of a problem; by default the smallest one.
    start : array_like or dict, optional
        Start on a function: numbers in the order of the variables, or by their names. By default that of the problem,
        or 1 for each variable.
    epochs : int, optional
        Epochs of a run on data, by default 20.
    batch_size : int or "full", optional
        Rows of a mini-batch; by default a hundredth of the rows, between 16 and 256.
    sync_every, workers : int, optional
        Steps that workers take by themselves, as in `fit`; of solvers, which take no steps of batches, without effect.
    loss : str, optional
        Loss on data, as in `fit`.
    l2 : float, optional
        Coefficient of the penalty Σw²/2, added to the mean loss of all methods; by default 1/rows.
    runs : path, optional
        File to which every run is written. Runs that it has from the same settings and data are not made again.
    force : bool, default False
        Replace runs of other settings or data in the file of `runs`.
    progress : bool, optional
        False for no display of the progress, True for one wherever the work runs; by default one in notebooks and
        terminals.
    threads : int, optional
        Number of threads; by default that of `thalweg.threads`. The result does not depend on it.

    Returns
    -------
    Comparison
        Verdicts, tables and pictures.

    Raises
    ------
    Error
        An argument out of range, a problem or method that does not exist, or runs of other settings in the file.
    DataError
        Data that cannot be used, with their place.
    OSError
        A file that cannot be read or written.

    Examples
    --------
    >>> import thalweg
    >>> comparison = thalweg.compare("rosenbrock", methods="sgd,momentum,adam", protocol="rate", seeds=4, steps=2000)
    >>> comparison.standings["method"].tolist()
    ['momentum', 'adam', 'sgd']
    >>> comparison.verdict.split(":")[0]
    'momentum needs the fewest steps to reach 1e-8 of the initial gap'
    >>> comparison.curves["rate"]["adam"]["median"][:3].round(1)
    array([12.4,  7.2,  7.2])
    """
    names = ("subject", "target", "progress")
    arguments = {name: value for name, value in locals().items() if name not in names}
    if target is not None and not isinstance(target, str):
        raise TypeError(f"target must be a text, but is {type(target).__name__}")
    display = _progress.display(progress)
    update = None if display is None else lambda done, total, text: display.update(done, total, f"runs  {text}")
    try:
        comparison = Comparison(_thalweg.compare(subject, target, arguments, update))
    finally:
        if display is not None:
            display.close()
    if not comparison.complete:
        import warnings

        warnings.warn(
            "the comparison was interrupted; the report is that of the finished runs", InterruptedWarning, stacklevel=2
        )
    return comparison


class Comparison:
    """The report of a comparison; made by `compare`, or read from a file of runs by `load`.

    Examples
    --------
    >>> import thalweg
    >>> comparison = thalweg.compare("x^2 + 10*y^2", methods="sgd,adam", protocol="rate", steps=100, seeds=3)
    >>> comparison.runs["value"].size, comparison.complete
    (226, True)
    >>> comparison.plot("rate").svg[:4]
    '<svg'
    """

    __slots__ = ("_native", "_report")

    def __init__(self, native: _thalweg.Comparison) -> None:
        self._native = native
        self._report: dict[str, Any] | None = None

    @staticmethod
    def load(path: str | PathLike[str]) -> Comparison:
        """Read a file of runs, of `compare` or of the program.

        Parameters
        ----------
        path : path
            File of runs.

        Returns
        -------
        Comparison

        Raises
        ------
        Error
            A file of something else.
        OSError
            A file that cannot be read.
        """
        native, is_cut = _thalweg.Comparison.load(path)
        if is_cut:
            import warnings

            warnings.warn(f"the last line of {path} is cut; its run is left out", UserWarning, stacklevel=2)
        return Comparison(native)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the runs to a file, which `load` and ``thalweg compare --from`` read.

        Parameters
        ----------
        path : path
            File; one that exists is replaced.
        """
        self._native.save(path)

    def save_html(self, path: str | PathLike[str]) -> None:
        """Write a page with verdicts, pictures and tables, that of ``thalweg compare --report``.

        Parameters
        ----------
        path : path
            File; one that exists is replaced. The page needs no other file and no network.
        """
        self._native.write_page(path)

    @property
    def report(self) -> dict[str, Any]:
        """Report as a dict: the JSON that ``thalweg compare --format json`` prints."""
        if self._report is None:
            import json

            self._report = json.loads(self._native.json())
        return self._report

    @property
    def complete(self) -> bool:
        """False if the comparison was interrupted."""
        return bool(self.report["complete"])

    @property
    def protocols(self) -> list[str]:
        """Protocols in their order."""
        return [table["protocol"] for table in self.report["tables"]]

    @property
    def verdicts(self) -> dict[str, str]:
        """Verdict of each protocol, in one to three sentences."""
        return {table["protocol"]: table["verdict"] for table in self.report["tables"]}

    @property
    def verdict(self) -> str:
        """Verdict of the last protocol."""
        return str(self.report["tables"][-1]["verdict"])

    @property
    def warnings(self) -> list[str]:
        """Weaknesses of the comparison, in words."""
        return list(self.report["warnings"])

    @property
    def standings(self) -> dict[str, NDArray[Any]]:
        """Methods of each protocol, best first, as columns of equal length.

        `protocol`, `place` (from 1), `method`, `setting`, `lr`, `trials`, `runs`, `diverged`; quartiles of the lowest
        value of a run as `value_low`, `value_median` and `value_high`; `by_best`, the cost relative to the best method,
        with its 95 % interval `by_best_low` and `by_best_high`, and `told_apart`, whether the difference is
        significant.
        """
        import numpy as np

        table = _Columns()
        for protocol, place, method in self._methods():
            best = {"ratio": 1.0, "low": 1.0, "high": 1.0, "told_apart": False}
            ratio = best if method["by_best"] is None else method["by_best"]
            # A finite ratio without an interval is that of too few runs.
            has_interval = ratio["ratio"] is None or ratio["low"] is not None
            low, high = (_number(ratio[part]) if has_interval else float("nan") for part in ("low", "high"))
            table.add(protocol=protocol, place=place)
            table.add(**{name: method[name] for name in ("method", "setting", "lr", "trials", "runs", "diverged")})
            table.add_quartiles("value", method["value"])
            table.add(by_best=_number(ratio["ratio"]), by_best_low=low, by_best_high=high)
            table.add(told_apart=ratio["told_apart"])
        return {name: np.array(values) for name, values in table.columns.items()}

    @property
    def targets(self) -> dict[str, NDArray[Any]]:
        """Cost of each method to each target, as columns of equal length.

        `protocol`, `method`, `target` (the fraction of the initial gap that is left), `reached` (the number of runs
        that reached it), and quartiles of `steps`, `evaluations` and `seconds`, infinite for a target that was missed.
        """
        import numpy as np

        table = _Columns()
        for protocol, _, method in self._methods():
            for target in method["targets"]:
                table.add(protocol=protocol, method=method["method"], target=target["share"], reached=target["reached"])
                for name in ("steps", "evaluations", "seconds"):
                    table.add_quartiles(name, target[name])
        return {name: np.array(values) for name, values in table.columns.items()}

    @property
    def curves(self) -> dict[str, dict[str, dict[str, NDArray[Any]]]]:
        """Lowest value so far against the steps: for each protocol and method `step`, `low`, `median` and `high`."""
        return self._native.curves()

    @property
    def runs(self) -> dict[str, NDArray[Any]]:
        """All runs, those of the tuning included, as columns of equal length.

        `protocol`, `phase` (``"tune"`` or ``"report"``), `method`, `setting`, `lr`, `seed`, `ended` (the reason),
        `steps`, `seconds` and `value`, the lowest one.
        """
        import numpy as np

        return {name: np.asarray(values) for name, values in self._native.runs().items()}

    def plot(self, protocol: str | None = None, *, view: View = "contour") -> _picture.Picture:
        """Draw the paths, the progress, the sensitivity to the learning rate, and the steps to a target.

        Parameters
        ----------
        protocol : str, optional
            Protocol; by default the last one.
        view : {"contour", "surface"}
            Form in which a function of two variables is drawn.

        Returns
        -------
        Picture
        """
        known = self.protocols
        if protocol is None and known:
            protocol = known[-1]
        if protocol not in known:
            raise Error(f"protocol must be {' or '.join(map(repr, known))}, but is {protocol!r}")
        if view not in ("contour", "surface"):
            raise Error(f"view must be 'contour' or 'surface', but is {view!r}")
        chosen, native = protocol, self._native
        return _picture.Picture(lambda form: native.draw(chosen, view, form))

    def _methods(self) -> list[tuple[str, int, dict[str, Any]]]:
        """Return protocol, place and results of every method."""
        return [
            (table["protocol"], place, method)
            for table in self.report["tables"]
            for place, method in enumerate(table["standings"], 1)
        ]

    def __reduce__(self) -> tuple[object, ...]:
        return (Comparison, (self._native,))

    def __str__(self) -> str:
        return self._native.text()

    def __repr__(self) -> str:
        lines = [f"<thalweg.Comparison on {self.report['arena']}: {len(self.report['methods'])} methods>"]
        return "\n".join(lines + [f"{name}: {verdict}" for name, verdict in self.verdicts.items()])

    def _repr_html_(self) -> str:
        settings, tables, warnings = self._native.html()
        html = settings + "".join(table for _, table in tables)
        if tables:
            html += _html.image(self.plot().svg, self.verdict)
        return f"<div>{html}{warnings}</div>"


class _Columns:
    """Columns of a table that is filled row by row."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {}

    def add(self, **values: object) -> None:
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)

    def add_quartiles(self, name: str, quartiles: Mapping[str, float | None]) -> None:
        for part in ("low", "median", "high"):
            self.columns.setdefault(f"{name}_{part}", []).append(_number(quartiles[part]))


def _number(value: float | None) -> float:
    """Return a number of the report, in which null stands for an infinite one."""
    return float("inf") if value is None else float(value)
