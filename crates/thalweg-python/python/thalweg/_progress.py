"""Progress of long work: in the output of a notebook's cell, or in a line of the terminal."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["display", "epochs", "steps"]

# Seconds between two changes of the display.
_INTERVAL = 0.1
# Characters of a line of the terminal, and of the bar in it.
_LINE, _BAR = 79, 20


def display(progress: bool | None, argument: str = "progress") -> Display | None:
    """Return the display of the progress, or None if there is nothing to show it on.

    Parameters
    ----------
    progress : bool, optional
        False for none, True for one wherever the work runs; by default one in notebooks and terminals.
    argument : str, optional
        Name of the argument in messages.

    Returns
    -------
    Display or None

    Examples
    --------
    >>> from thalweg._progress import display
    >>> display(False) is None
    True
    """
    if progress is not None and not isinstance(progress, bool):
        raise TypeError(f"{argument} must be True, False or None, but is {type(progress).__name__}")
    if progress is False:
        return None
    show = _notebook()
    if show is not None:
        return Display(show, _in_notebook)
    stream = sys.stderr
    if stream is None or not (progress or _is_terminal(stream)):
        return None

    def write(text: str) -> None:
        # The line is written over, and erased at the end.
        try:
            stream.write("\r" + text.ljust(_LINE) + ("" if text else "\r"))
            stream.flush()
        except (OSError, ValueError):
            pass  # a terminal that is gone ends no work

    return Display(write, _in_terminal)


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # a stream of another kind, or one that is closed
        return False


def _notebook() -> Callable[[str], None] | None:
    """Return a function that shows HTML below the cell, in the kernel of a notebook; IPython is not imported."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    handle: list[Any] = []

    def show(html: str) -> None:
        from IPython import display

        if handle:
            handle[0].update(display.HTML(html))
        elif html:
            handle.append(display.display(display.HTML(html), display_id=True))

    return show


def _in_notebook(fraction: float | None, text: str) -> str:
    from ._html import escape

    value = "" if fraction is None else f' value="{fraction:.4f}"'
    return f'<progress{value} max="1"></progress> {escape(text)}'


def _in_terminal(fraction: float | None, text: str) -> str:
    if fraction is None:
        return text[:_LINE]
    filled = round(_BAR * fraction)
    return f"[{'#' * filled}{' ' * (_BAR - filled)}] {text}"[:_LINE]


def epochs(
    shown: Display | None, callback: Callable[[dict[str, Any]], object] | None
) -> Callable[[dict[str, Any]], object] | None:
    """Return a callback of the epochs that shows them, and then calls another one."""
    if shown is None:
        return callback

    def on_epoch(epoch: dict[str, Any]) -> object:
        losses = f"loss {epoch['train_loss']:.4g}"
        if epoch["validation_loss"] is not None:
            losses += f", validation {epoch['validation_loss']:.4g}"
        shown.update(epoch["epoch"], epoch["epochs"], f"epochs  {losses}")
        return None if callback is None else callback(epoch)

    return on_epoch


def steps(shown: Display | None, max_steps: int | None) -> Callable[[int, float, float], object] | None:
    """Return a function that shows the steps of a minimization, of which `max_steps` are made at most."""
    if shown is None:
        return None
    return lambda step, value, norm: shown.update(step, max_steps, f"steps  f {value:.6g}, gradient norm {norm:.3g}")


class Display:
    """Progress that is shown; made by `display`.

    Parameters
    ----------
    show : callable
        Shows a text in place of the one before.
    form : callable
        Makes the text of a fraction, or of None if it is not known, and a description.
    """

    __slots__ = ("_form", "_is_shown", "_last", "_show")

    def __init__(self, show: Callable[[str], None], form: Callable[[float | None, str], str]) -> None:
        self._show = show
        self._form = form
        self._last: float | None = None
        self._is_shown = False

    def update(self, done: int, total: int | None, text: str) -> None:
        """Show how much is done of a total, if there is one, unless something was shown a moment ago."""
        import time

        now = time.monotonic()
        if self._last is None:
            # Short work ends without a display.
            self._last = now
        elif now - self._last >= _INTERVAL:
            self._last = now
            self._is_shown = True
            fraction = None if total is None else min(1.0, done / max(1, total))
            self._show(self._form(fraction, f"{done:,}{'' if total is None else f'/{total:,}'} {text}"))

    def close(self) -> None:
        """Remove the display."""
        if self._is_shown:
            self._show("")
