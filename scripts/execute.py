"""Execute notebooks in place and store their outputs, in the form that the tests accept.

    python scripts/execute.py notebooks/04-replay.ipynb ...

Each runs from top to bottom in a fresh kernel of this environment, in its own folder. What only
says when and where it ran is left out, so that running it again changes nothing.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

CELL_TIMEOUT = 60  # seconds, as in `make test`
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
TRANSIENT = {"ExecuteTime", "collapsed", "execution", "scrolled", "trusted", "vscode"}


def main(paths: list[str]) -> int:
    """Execute each notebook; return how many failed. A failed one stays as it was."""
    if not paths:
        print("No notebook to execute.")
        return 0
    os.environ["TQDM_DISABLE"] = "1"  # a progress bar on a slow machine is no output to store
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *paths], check=True)
    return sum(not succeeds(Path(path)) for path in paths)


def succeeds(path: Path) -> bool:
    """Execute one notebook and say how that went."""
    print(path, end=" ", flush=True)
    start = time.monotonic()
    try:
        execute(path)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"failed:\n{error}")
        return False
    print(f"{time.monotonic() - start:.0f} s")
    return True


def execute(path: Path) -> None:
    """Run the notebook and store it with its outputs; raise nbclient's errors."""
    book = nbformat.read(path, as_version=4)
    tidy(book)
    client = NotebookClient(
        book,
        config=Config(KernelManager={"transport_encryption": "auto"}),  # as in `make lab`
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(path.resolve().parent)}},
        record_timing=False,
        store_widget_state=False,  # else each widget's whole source is stored
        coalesce_streams=True,  # else the chunks of a stream differ between runs
    )
    client.execute()
    tidy(book)
    nbformat.write(book, path)


def tidy(book: NotebookNode) -> None:
    """Leave out what depends on the machine or the moment; give an id to cells without one."""
    book.metadata = nbformat.from_dict(METADATA)
    book.nbformat_minor = 5
    taken = {cell.get("id") for cell in book.cells}
    free = (name for n in range(1, 10_000) if (name := f"cell-{n}") not in taken)
    for cell in book.cells:
        if "id" not in cell:
            cell["id"] = next(free)
        for key in TRANSIENT & cell.metadata.keys():
            del cell.metadata[key]
        for output in cell.get("outputs", []):
            # A view of a model that is gone when the notebook is opened again; the text stays.
            output.get("data", {}).pop(WIDGET_VIEW, None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
