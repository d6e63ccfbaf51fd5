"""Fits of models to data."""

from __future__ import annotations

from . import _html, _picture, _progress, _team, _thalweg
from .errors import DivergedWarning, Error, InterruptedWarning

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from ._thalweg import Method, Model, Schedule
    from ._types import Data, Path

__all__ = ["Fit", "fit"]

# Largest number of characters of a line of a representation.
_WIDTH = 100


def fit(
    data: Data,
    target: str = "label",
    *,
    model: str = "auto",
    loss: str | None = None,
    class_weight: str = "equal",
    intercept: bool = True,
    l1: float = 0.0,
    l2: float | None = None,
    factor_l2: float | None = None,
    init: str = "zero",
    method: str | Method | None = None,
    lr: float | str | None = None,
    schedule: str | Schedule | None = None,
    batch_size: int | str | None = None,
    sync_every: int | None = None,
    workers: int | None = None,
    epochs: int | None = None,
    max_time: float | str | None = None,
    max_steps: int | None = None,
    max_samples: int | None = None,
    until: str | None = None,
    val_fraction: float = 0.2,
    validation: Data | None = None,
    folds: int | None = None,
    refit: str = "auto",
    patience: int | None = None,
    min_delta: float = 1e-4,
    on_diverge: str = "rollback",
    clip_norm: float | None = None,
    certify: bool = False,
    seed: int = 0,
    weight: str | ArrayLike | None = None,
    ignore: str | Sequence[str] = (),
    keep: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    text: str | Sequence[str] = (),
    text_weighting: str = "tfidf",
    text_as_missing: str | Sequence[str] = (),
    interactions: str | Sequence[str] = (),
    hash_bits: int = 0,
    missing: str | Sequence[str] = (),
    on_error: str = "fail",
    max_memory: int | str | None = None,
    sample_rows: int | None = None,
    cache: bool = False,
    header: bool | None = None,
    delimiter: str | None = None,
    quotes: bool = True,
    skip_lines: int | None = None,
    comment: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    zero_based: bool = False,
    labels: Path | None = None,
    checkpoint: Path | None = None,
    resume: Path | None = None,
    checkpoint_every: str | None = None,
    checkpoint_keep: int | None = None,
    force: bool = False,
    callback: Callable[[dict[str, Any]], object] | None = None,
    progress: bool | None = None,
    threads: int | None = None,
    team: Any = None,
) -> Fit:
    """Fit a model to a table.

    What is not given is chosen from the data: the types of the columns, the loss, the method with its learning rate,
    the penalty and the number of epochs; the report names every choice. The arguments have the names of the options of
    the program ``thalweg fit``, and the model file has the same bytes as the program's.

    Ctrl-C ends the training within 0.2 s and keeps the best model so far: `Fit.stopped` is then ``"interrupted"``, and
    an `InterruptedWarning` says so. Before the training begins, KeyboardInterrupt is raised.

    Parameters
    ----------
    data : path or sequence of paths, data frame, dict of columns, or tuple (X, y) or (X, y, weight)
        Files or glob patterns (``"2025-*.csv.gz"``), read as one table: CSV, Parquet, Arrow IPC, libsvm or IDX, text
        also compressed. Or rows in memory: a data frame of pandas, polars or pyarrow, or of any library with the Arrow
        PyCapsule interface; a dict of columns; or rows X with their targets y. X is a frame, a dict, an array of two
        dimensions with the columns c1, c2, …, or a sparse matrix of scipy. Numbers in float32 or float64 are not
        copied, in either order; other forms than CSR of sparse matrices are converted. The same rows give the same
        model, byte for byte, whatever they are stored in.
    target : str, default "label"
        Column to predict; of libsvm and IDX files ``"label"``. Of (X, y) it is the name of y.
    model : str, default "auto"
        ``"linear"``, ``"logistic"``, ``"softmax"``, ``"fm:rank=8"`` (factorization machine), ``"mlp:128,64"``
        (multilayer perceptron), or ``"auto"``: a linear model of the kind that the target needs.
    loss : str, optional
        ``"squared"``, ``"huber:delta=1.35"``, ``"quantile:q=0.9"`` or ``"poisson"`` for numbers, ``"logistic"`` or
        ``"hinge"`` for two classes, ``"softmax"`` for more.
    class_weight : {"equal", "balanced"}
        Weight of the classes in the loss.
    intercept : bool, default True
        With False, the model has no intercept, and numbers are scaled but not centered.
    l1, l2 : float
        Coefficients of the penalties Σ|w| and Σw²/2, at least 0, added to the mean loss. w are the coefficients of
        standardized columns. By default 0 and 1/rows, or chosen by cross-validation for few rows.
    factor_l2 : float, optional
        Penalty on the factors of a factorization machine in each row.
    init : str, default "zero"
        Initial weights: ``"zero"`` or ``"normal:DEVIATION"``.
    method : str or Method, optional
        Method with its hyperparameters, such as ``"adam:lr=0.01"`` or ``thalweg.adam(lr=0.01)``.
    lr : float or "auto", optional
        Learning rate, which replaces that of the method; ``"auto"`` for the one that a range test chooses.
    schedule : str or Schedule, optional
        Schedule of the learning rate.
    batch_size : int or "full", optional
        Rows of a mini-batch.
    sync_every, workers : int, optional
        For slow links between ranks: 8 workers, or `workers`, step by themselves, each on its part of the batches with
        a method state of its own, and average their weights after `sync_every` steps and after each epoch (local SGD).
        The model does not depend on the number of ranks and threads among which they are divided.
    epochs : int, optional
        Maximum number of epochs.
    max_time : float or str, optional
        Time of the training, in seconds or as ``"5m"``; the best weights so far are kept.
    max_steps, max_samples : int, optional
        Maximum number of steps, and of training rows seen.
    until : str, optional
        Condition that ends the training, such as ``"val_loss < 0.3"``.
    val_fraction : float, default 0.2
        Fraction of the rows that are held out for validation and early stopping, in [0, 1).
    validation : as data, optional
        Rows that are watched instead of a fraction of the data.
    folds : int, optional
        Number of folds of a cross-validation of the whole fit, before the fit to all rows.
    refit : {"auto", "always", "never"}
        Last fit to all rows, with the settings found; auto for fewer than 10,000 rows.
    patience : int, optional
        Epochs without progress before the training stops; 0 for no early stopping.
    min_delta : float, default 1e-4
        Smallest relative decrease of the loss that counts as progress.
    on_diverge : {"rollback", "stop"}
        Reaction to a loss or gradient that is infinite or NaN.
    clip_norm : float, optional
        Largest norm of the gradient over all weights.
    certify : bool, default False
        Prove how near its minimum the objective of a linear model is.
    seed : int, default 0
        Seed of everything random. The same seed gives the same bytes, whatever the number of threads.
    weight : str or array, optional
        Column with the weight of each row, or the weights of rows in memory; a weight of 2 counts as two equal rows.
    ignore, keep : str or sequence of str
        Columns to exclude, and columns to use exclusively.
    categorical, text, text_as_missing : str or sequence of str
        Columns to encode as categories, columns to use word by word, and columns of numbers in which any text means a
        missing value.
    text_weighting : {"tfidf", "count", "binary"}
        Value of a word in a column of `text`.
    interactions : str or sequence of str
        Products of columns to add as features, as ``"a*b"``.
    hash_bits : int, default 0
        Columns with many levels share 2^hash_bits coefficients; 0 for no hashing of levels.
    missing : str or sequence of str
        Texts that mean a missing value besides the usual ones.
    on_error : str, default "fail"
        Treatment of invalid rows: ``"fail"``, ``"skip"``, or ``"max=ROWS"`` to skip at most that many.
    max_memory : int or str, optional
        Memory limit in bytes or as ``"512M"``; rows beyond it are kept on disk.
    sample_rows : int, optional
        Rows from which the types of the columns and the statistics are inferred; by default all.
    cache : bool, default False
        Keep the encoded rows in a file next to the data.
    header : bool, optional
        Whether the first row of delimited text has the names of the columns; detected by default.
    delimiter, comment, decimal, thousands : str, optional
        Characters of delimited text: between fields (also ``"tab"`` and ``"whitespace"``), at the beginning of comments,
        and the marks in numbers.
    quotes : bool, default True
        With False, double quotes are characters like any other.
    skip_lines : int, optional
        Lines to skip at the beginning of delimited text.
    encoding : str, optional
        Encoding of text files, such as ``"latin1"``; by default UTF-8.
    zero_based : bool, default False
        The indices of libsvm files start at 0.
    labels : path, optional
        IDX file with the labels of IDX images.
    checkpoint, resume : path, optional
        Folder for checkpoints of a new fit; folder of a fit to continue, to the same bytes.
    checkpoint_every : str, optional
        Interval between checkpoints: ``"30s"``, ``"1000steps"`` or ``"epoch"``.
    checkpoint_keep : int, optional
        Number of checkpoints that are kept; by default 2.
    force : bool, default False
        Continue although data or arguments are not those of the checkpoint.
    callback : callable, optional
        Called after each epoch, on this thread, with a dict: ``epoch``, ``epochs``, ``train_loss``,
        ``validation_loss``, ``is_best``, ``lr``, ``rows_per_second``, ``seconds_left``, ``stopped``. A true value or
        StopIteration ends the training; exceptions go through.
    progress : bool, optional
        False for no display of the progress, True for one wherever the fit runs; by default one in notebooks and
        terminals.
    threads : int, optional
        Number of threads; by default that of `thalweg.threads`.
    team : communicator of mpi4py, or torch.distributed or a process group of it, optional
        Processes that all call `fit` with the same arguments, and compute a part of every batch each: all have the
        model of one process, byte for byte. Start them with ``mpirun -n 4 python -m mpi4py script.py``, which ends all
        if one raises an exception; of a process group, the backend must move bytes of arrays, as gloo does.

    Returns
    -------
    Fit
        The model, the report and the losses of the epochs.

    Raises
    ------
    Error
        An argument out of range, or a column that does not exist.
    DataError
        Data that cannot be used, with their place.
    OSError
        A file that cannot be read.

    Examples
    --------
    >>> import tempfile, thalweg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(f"{folder}/trips.csv", "w") as file:
    ...         _ = file.write("km,city,minutes\\n")
    ...         for n in range(200):
    ...             city = "Ulm" if n % 3 else "Bonn"
    ...             _ = file.write(f"{n % 40},{city},{3 * (n % 40) + (10 if n % 3 else 25)}\\n")
    ...     fit = thalweg.fit(f"{folder}/trips.csv", "minutes")
    >>> fit.stopped, fit.report["rows"], round(fit.report["validation"]["r2"], 3)
    ('converged', 200, 1.0)
    >>> fit.model
    <thalweg.Model of 'minutes', a number: linear, 200 rows>

    Rows in memory:

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(300, 2))
    >>> model = thalweg.fit((X, 2 * X[:, 0] - X[:, 1]), "y", l2=0.0).model
    >>> model.predict(np.array([[1.0, 0.0], [0.0, 1.0]])).round(3)
    array([ 2., -1.])
    """
    arguments = {name: value for name, value in locals().items() if name not in ("data", "target", "callback", "progress")}
    if not isinstance(target, str):
        hint = "; rows and their targets are one argument: fit((X, y))" if hasattr(target, "__len__") else ""
        raise TypeError(f"target must be a text, but is {type(target).__name__}{hint}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable, but is {type(callback).__name__}")
    if validation is not None and val_fraction != 0.2:
        raise Error("validation and val_fraction must not be given together")
    arguments["team"] = ranks = _team.team_of(team)
    display = _progress.display(progress) if ranks is None or ranks.rank == 0 else None
    try:
        parts = _thalweg.fit(data, target, arguments, _progress.epochs(display, callback))
    finally:
        if display is not None:
            display.close()
    return _finish(parts)


def _finish(parts: dict[str, Any]) -> Fit:
    """Return the fit of its parts, with warnings of what the caller should know."""
    import warnings

    for text in parts["warnings"]:
        warnings.warn(text, UserWarning, stacklevel=3)
    if parts["interrupted"]:
        warnings.warn("the fit was interrupted; the model is the best one so far", InterruptedWarning, stacklevel=3)
    if parts["stopped"] == "diverged":
        text = "the loss became infinite or NaN; the model is the best one before (a smaller lr= may help)"
        warnings.warn(text, DivergedWarning, stacklevel=3)
    return Fit(parts["model"], parts["report"], parts["curve"], parts["stopped"])


class Fit:
    """A fitted model with the report of its fit; made by `fit`.

    Attributes
    ----------
    model : Model
        Model with the best weights.
    report : dict
        Report of the fit: the JSON that ``thalweg fit --format json`` prints, without the path of the model.
    curve : dict of ndarray
        Losses of the epochs: ``epoch``, ``train_loss``, ``monitored_loss`` (the loss on the validation rows, or without
        any the objective on the training rows) and ``lr``.
    stopped : str
        Reason for the end of the training, such as ``"converged"``, ``"early_stopping"``, ``"epochs"``,
        ``"interrupted"`` or ``"diverged"``.
    """

    __slots__ = ("_json", "_report", "curve", "model", "stopped")

    def __init__(self, model: Model, report: str, curve: dict[str, NDArray[np.float64]], stopped: str) -> None:
        self.model = model
        self.curve = curve
        self.stopped = stopped
        self._json = report
        self._report: dict[str, Any] | None = None

    @property
    def report(self) -> dict[str, Any]:
        if self._report is None:
            import json

            self._report = json.loads(self._json)
        return self._report

    def __reduce__(self) -> tuple[object, ...]:
        return (Fit, (self.model, self._json, self.curve, self.stopped))

    def __repr__(self) -> str:
        import textwrap

        lines = [repr(self.model), f"{self.report['method']}, {self.report['epochs']} epochs: {self.stopped}"]
        # A line is not broken between a metric and its value.
        metrics = [(name, text.replace(" ", "\xa0")) for name, text in _html.metric_lines(self.report)]
        lines += [f"{name}: {text}".replace(",\xa0", ", ") for name, text in metrics]
        folded = (textwrap.fill(line, _WIDTH, subsequent_indent="    ", break_on_hyphens=False) for line in lines)
        return "\n".join(folded).replace("\xa0", " ")

    def plot(self) -> _picture.Picture:
        """Draw the losses and the learning rate over the epochs.

        Returns
        -------
        Picture

        Examples
        --------
        >>> import numpy as np, thalweg
        >>> X = np.random.default_rng(0).normal(size=(300, 2))
        >>> thalweg.fit((X, X[:, 0]), "y", method="adam", epochs=5).plot().svg[:4]
        '<svg'
        """
        report = self.report
        facts = {
            "loss": report["loss"].split(":")[0],
            "has_validation": report["validation"] is not None,
            "is_solver": report.get("gradient_norm") is not None,
            "best_epoch": report["best_epoch"],
            "epochs": report["epochs"],
        }
        curve = self.curve
        if not len(curve["epoch"]):
            raise Error("plot needs a fit of at least one epoch")
        return _picture.Picture(lambda form: _thalweg.draw_curve(curve, facts, form))

    def _repr_html_(self) -> str:
        picture = _html.image(self.plot().svg, "losses of the epochs") if len(self.curve["epoch"]) > 1 else ""
        return _html.fit(self.report, picture)
