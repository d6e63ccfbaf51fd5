"""Pictures of results."""

from __future__ import annotations

from .errors import Error

TYPE_CHECKING = False  # the module typing takes 20 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

__all__ = ["Picture"]


class Picture:
    """A picture of a result, which a notebook shows.

    Parameters
    ----------
    draw : callable
        ``draw("svg")`` returns the text of an SVG and ``draw("png")`` the bytes of a PNG.

    Examples
    --------
    >>> import thalweg
    >>> picture = thalweg.schedule("warmup:steps=100+cosine:steps=900").plot()
    >>> picture.svg[:4]
    '<svg'
    >>> picture
    <thalweg.Picture>
    """

    __slots__ = ("_draw", "_svg")

    def __init__(self, draw: Callable[[str], str | bytes]) -> None:
        self._draw = draw
        self._svg: str | None = None

    @property
    def svg(self) -> str:
        """Text of the picture as SVG."""
        if self._svg is None:
            svg = self._draw("svg")
            assert isinstance(svg, str)
            self._svg = svg
        return self._svg

    @property
    def png(self) -> bytes:
        """Bytes of the picture as PNG, at two pixels per pixel of the SVG."""
        png = self._draw("png")
        assert isinstance(png, bytes)
        return png

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture to a file.

        Parameters
        ----------
        path : path
            File with the extension ``.svg`` or ``.png``.

        Raises
        ------
        Error
            Another extension.
        OSError
            A file that cannot be written.
        """
        import os

        extension = os.path.splitext(os.fspath(path))[1].lower()
        if extension not in (".svg", ".png"):
            raise Error(f"path must end in .svg or .png, but is '{os.fspath(path)}'")
        content = self.svg.encode() if extension == ".svg" else self.png
        with open(path, "wb") as file:
            file.write(content)

    def __repr__(self) -> str:
        return "<thalweg.Picture>"

    def _repr_svg_(self) -> str:
        return self.svg
