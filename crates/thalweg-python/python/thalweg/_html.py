"""HTML of results for notebooks: tables and pictures of the package alone, without scripts."""

from __future__ import annotations

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["escape", "fit", "metric_lines", "table"]

# Number of coefficients that are shown.
_MAX_COEFFICIENTS = 10
# Size of the picture of the losses, and its margins.
_WIDTH, _HEIGHT, _MARGIN = 420, 180, 40
# Points of a curve beyond which every n-th one is drawn.
_MAX_POINTS = 1000


def table(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a table whose first column has names and whose other ones have numbers.

    Examples
    --------
    >>> from thalweg._html import table
    >>> table(["", "r2"], [["train", 0.5]])
    '<table><thead><tr><th></th><th>r2</th></tr></thead><tbody><tr><th>train</th><td>0.5</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{escape(_text(cell))}</th>" for cell in header)
    body = ""
    for name, *cells in rows:
        body += f"<tr><th>{escape(_text(name))}</th>" + "".join(f"<td>{escape(_text(cell))}</td>" for cell in cells)
        body += "</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def metric_lines(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the metrics of the training and the validation rows, each as a line."""
    parts = [("training", report["train"]), ("validation", report["validation"])]
    parts.append(("constant", report["baseline"]["validation"] or report["baseline"]["train"]))
    return [
        (name, ", ".join(f"{key} {_text(value)}" for key, value in _numbers(metrics).items()))
        for name, metrics in parts
        if metrics is not None
    ]


def fit(report: Mapping[str, Any], curve: Mapping[str, NDArray[np.float64]]) -> str:
    """Return what a notebook shows of a fit."""
    rows = f"{report['train_rows']:,} training and {report['validation_rows']:,} validation rows"
    title = f"{report['model']} model of <b>{escape(report['target'])}</b>, {rows}"
    ends = f"{report['method']}, {report['epochs']:,} epochs: {report['stopped'].replace('_', ' ')}"
    parts = [("training rows", report["train"]), ("validation rows", report["validation"])]
    parts.append(("constant prediction", report["baseline"]["validation"] or report["baseline"]["train"]))
    known = [(name, _numbers(metrics)) for name, metrics in parts if metrics is not None]
    names = list(known[0][1])
    html = [f"<div><p>{title}<br/>{escape(ends)}</p>"]
    html.append(table(["", *names], ([name, *(values.get(key, "") for key in names)] for name, values in known)))
    coefficients = report["coefficients"][:_MAX_COEFFICIENTS]
    if coefficients:
        labels = [one["name"] + (f" ({one['class']})" if "class" in one else "") for one in coefficients]
        weights = (one["weight"] for one in coefficients)
        html.append(table(["largest coefficients", ""], zip(labels, weights, strict=True)))
    html.append(_losses(curve))
    return "".join(html) + "</div>"


def _losses(curve: Mapping[str, NDArray[np.float64]]) -> str:
    """Return the picture of the losses over the epochs; empty for fewer than two epochs."""
    epochs = curve["epoch"].tolist()
    series = [("training", "#5b8db8", curve["train_loss"].tolist()), ("monitored", "#c05a3a", curve["monitored_loss"].tolist())]
    finite = [value for _, _, values in series for value in values if value == value and abs(value) != float("inf")]
    if len(epochs) < 2 or not finite:
        return ""
    low, high = min(finite), max(finite)
    right, bottom = _WIDTH - 10, _HEIGHT - 25
    scale_x = (right - _MARGIN) / (epochs[-1] - epochs[0])
    scale_y = (bottom - 10) / ((high - low) or 1.0)
    step = -(-len(epochs) // _MAX_POINTS)
    shapes = []
    for number, (name, color, values) in enumerate(series):
        points = " ".join(
            f"{_MARGIN + (epoch - epochs[0]) * scale_x:.1f},{bottom - (value - low) * scale_y:.1f}"
            for epoch, value in list(zip(epochs, values, strict=True))[::step]
            if value in finite
        )
        shapes.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>')
        shapes.append(f'<text x="{right}" y="{20 + 14 * number}" text-anchor="end" fill="{color}">{name} loss</text>')
    shapes.append(f'<text x="{_MARGIN - 4}" y="16" text-anchor="end">{_text(high)}</text>')
    shapes.append(f'<text x="{_MARGIN - 4}" y="{bottom}" text-anchor="end">{_text(low)}</text>')
    shapes.append(f'<text x="{right}" y="{_HEIGHT - 8}" text-anchor="end">epoch {epochs[-1]}</text>')
    style = 'font-family="sans-serif" font-size="11" fill="currentColor"'
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(shapes)}</svg>'


def _numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics that are single numbers."""
    return {key: value for key, value in metrics.items() if isinstance(value, int | float)}


def escape(text: str) -> str:
    """Return a text with the characters that HTML gives a meaning escaped; the module html takes 8 ms to import."""
    for character, entity in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")]:
        text = text.replace(character, entity)
    return text


def _text(value: object) -> str:
    """Return a number with four significant digits, and any other value as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
