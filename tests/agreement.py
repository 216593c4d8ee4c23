"""What the explorer's own JavaScript makes of a page, asked of node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import esdemo.explorer

NODE = shutil.which("node")
MODULES = Path(esdemo.explorer.__file__).parent / "page" / "js"
FOLD = Path(__file__).with_name("browser") / "fold.mjs"

needs_node = pytest.mark.skipif(not NODE, reason="there is no node here: install Node.js")


class Page:
    """One node process that folds pages, for as long as this is open."""

    def __enter__(self):
        pipe = subprocess.PIPE
        command = [NODE, str(FOLD), str(MODULES)]
        self.node = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
        return self

    def __exit__(self, *_):
        self.node.communicate()

    def folded(self, explorer, position):
        """The states by stream at a position, by the page's fold."""
        question = {"page": json.loads(explorer._page), "positions": [position]}
        self.node.stdin.write(json.dumps(question) + "\n")
        self.node.stdin.flush()
        return dict(json.loads(self.node.stdout.readline())["states"][0])
