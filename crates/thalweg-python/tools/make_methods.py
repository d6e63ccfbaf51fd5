"""Write python/thalweg/_methods.py: one typed function for each method, from the table of methods.

Run it after a change of the table: ``python crates/thalweg-python/tools/make_methods.py``. A test fails if the file is
not up to date.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from thalweg import _thalweg

TARGET = Path(__file__).parents[1] / "python/thalweg/_methods.py"

HEADER = '''"""The methods as functions; written by tools/make_methods.py from the table of methods."""

from __future__ import annotations

from ._thalweg import Method

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from typing import Unpack

    from ._options import Options

__all__ = [
{names}]
'''


def number(value: float) -> str:
    """Return a default as Python writes it, in the shortest form."""
    return repr(value)


def function(row: dict, meanings: dict) -> str:
    """Return the source of the function of one method."""
    defaults = {name: value for name, value in row["defaults"].items() if name != "lr"}
    signature = [f"    lr: float = {row['defaults']['lr']!r},"]
    if defaults or not row["is_solver"]:
        signature.append("    *,")
    for name, value in defaults.items():
        kind = "str" if isinstance(value, str) else "float"
        default = f'"{value}"' if isinstance(value, str) else number(value)
        signature.append(f"    {name}: {kind} = {default},")
    signature.append("    **options: Unpack[Options],")
    doc = [f"{row['formula']}.", "", f"{row['source']}.", "", "Parameters", "----------"]
    for name, value in row["defaults"].items():
        meaning, range_ = meanings[name]
        kind = "str" if isinstance(value, str) else "float"
        shown = f'"{value}"' if isinstance(value, str) else number(value)
        doc.append(f"{name} : {kind}, default {shown}")
        text = meaning if isinstance(value, str) else f"{meaning}; {range_}"
        doc += textwrap.wrap(f"{text}.", 112, initial_indent="    ", subsequent_indent="    ")
    doc += ["**options", "    Options that any method takes; see `Method`.", "", "Returns", "-------", "Method"]
    doc += ["", "Examples", "--------", ">>> import thalweg", f">>> thalweg.{row['name']}(lr=0.5)"]
    doc.append(repr(_thalweg.Method(row["name"], lr=0.5)))
    body = "\n".join(f"    {line}" if line else "" for line in doc)
    values = "".join(f"        {name}={name},\n" for name in row["defaults"])
    lines = [f"def {row['name']}(", *signature, ") -> Method:", f'    """{body.strip()}', '    """']
    call = f"    return Method(\n        \"{row['name']}\",\n{values}        **options,\n    )"
    return "\n".join([*lines, call])


def source() -> str:
    """Return the whole file."""
    rows = _thalweg.method_table()
    meanings = _thalweg.hyperparameter_table()
    names = "".join(f'    "{name}",\n' for name in sorted(row["name"] for row in rows))
    functions = [function(row, meanings) for row in rows]
    return "\n\n".join([HEADER.format(names=names), *(f"{text}\n" for text in functions)])


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
