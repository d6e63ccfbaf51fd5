"""HTML of results for notebooks, without scripts and other files."""

from __future__ import annotations

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing import Any

__all__ = ["escape", "fit", "image", "metric_lines", "table"]

# Number of coefficients that are shown.
_MAX_COEFFICIENTS = 10


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


def fit(report: Mapping[str, Any], picture: str) -> str:
    """Return what a notebook shows of a fit; `picture` is that of the losses, or empty."""
    rows = f"{report['train_rows']:,} training and {report['validation_rows']:,} validation rows"
    title = f"{report['model']} model of <b>{escape(report['target'])}</b>, {rows}"
    ends = f"{report['method']}, {report['epochs']:,} epochs: {report['stopped'].replace('_', ' ')}"
    parts = [("training rows", report["train"]), ("validation rows", report["validation"])]
    parts.append(("constant prediction", report["baseline"]["validation"] or report["baseline"]["train"]))
    known = [(name, _numbers(metrics)) for name, metrics in parts if metrics is not None]
    names = list(known[0][1])
    html = [f"<div><p>{title}<br/>{escape(ends)}</p>"]
    rows_of = ([name, *(values.get(name, "") for _, values in known)] for name in names)
    html.append(table(["", *(name for name, _ in known)], rows_of))
    coefficients = report["coefficients"][:_MAX_COEFFICIENTS]
    if coefficients:
        labels = [one["name"] + (f" ({one['class']})" if "class" in one else "") for one in coefficients]
        weights = (one["weight"] for one in coefficients)
        html.append(table(["largest coefficients", ""], zip(labels, weights, strict=True)))
    return "".join(html) + picture + "</div>"


def image(svg: str, text: str) -> str:
    """Return an SVG as an image of HTML, which its page can neither restyle nor mistake for another one."""
    import base64

    data = base64.b64encode(svg.encode()).decode("ascii")
    return f'<img style="max-width: 100%" alt="{escape(text)}" src="data:image/svg+xml;base64,{data}"/>'


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
