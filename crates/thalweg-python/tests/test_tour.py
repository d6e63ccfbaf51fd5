"""The notebook docs/tour.ipynb: its outputs are those of an execution. THALWEG_BLESS=1 writes those of a new one."""

import copy
import importlib.util
import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("sklearn")

TOUR = Path(__file__).parents[3] / "docs/tour.ipynb"


def outputs(cell):
    """Return the texts, tables and pictures of a cell, without the progress that was erased."""
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append((output.name, output.text))
        elif output.output_type != "display_data" or output.data.get("text/html") != "":
            # The HTML of a data frame is that of pandas.
            is_frame = "dataframe" in output.data.get("text/html", "")
            data = {name: text for name, text in output.data.items() if name != "text/html" or not is_frame}
            shown.append((output.output_type, data))
    return shown


def executed(notebook):
    """Return the notebook with the outputs of an execution in its folder."""
    notebook = copy.deepcopy(notebook)
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(TOUR.parent)}}
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("data", {}).get("text/html") != ""]
    return notebook


def test_the_outputs_of_the_tour_are_those_of_an_execution():
    stored = nbformat.read(TOUR, as_version=4)
    nbformat.validate(stored)
    found = executed(stored)
    if os.environ.get("THALWEG_BLESS"):
        found.metadata.pop("widgets", None)
        found.metadata.language_info = {"name": "python"}
        nbformat.write(found, TOUR)
        stored = found
    has_torch = importlib.util.find_spec("torch") is not None
    for before, after in zip(stored.cells, found.cells, strict=True):
        if before.cell_type != "code" or ("needs-torch" in before.metadata.get("tags", []) and not has_torch):
            continue
        assert outputs(before) == outputs(after), before.source
        assert outputs(after) or "import" in after.source, after.source


def test_the_tour_needs_no_network():
    text = TOUR.read_text(encoding="utf-8")
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text
