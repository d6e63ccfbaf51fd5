"""Types of arguments; imported by type checkers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Columns", "Data", "Floats", "Outcome", "Parameters", "Path", "Paths", "Rows", "View"]

Floats = NDArray[np.float32] | NDArray[np.float64]
Parameters = Floats | Sequence[Floats] | Mapping[str, Floats]
Outcome = Literal["stepped", "accumulated", "skipped"]

Path = str | PathLike[str]
Paths = Path | Sequence[Path]
# A data frame has the method __arrow_c_stream__; a sparse matrix of scipy has tocsr. Their types are not imported.
Rows = Any
Columns = ArrayLike | Mapping[str, ArrayLike]
Data = Paths | Columns | Rows | tuple[Columns | Rows, Columns] | tuple[Columns | Rows, Columns, Columns]

View = Literal["contour", "surface"]
