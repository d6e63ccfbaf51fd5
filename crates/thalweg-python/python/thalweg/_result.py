"""Results: dicts whose values are attributes too."""

from __future__ import annotations

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Result"]


class Result(dict["str", "Any"]):
    """Result of a function: a dict whose values are attributes too.

    Examples
    --------
    >>> from thalweg import Result
    >>> result = Result(x=1.5, nit=3)
    >>> result.nit == result["nit"]
    True
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        if not self:
            return f"{type(self).__name__}()"
        width = max(len(name) for name in self)
        lines = []
        for name, value in self.items():
            text = repr(value).replace("\n", "\n" + " " * (width + 2))
            lines.append(f"{name.rjust(width)}: {text}")
        return "\n".join(lines)
