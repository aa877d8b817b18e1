"""Runs the web front end in this process, as `streamlit run app.py` would. Ends with a signal."""

from __future__ import annotations

import os
from pathlib import Path

from streamlit.web import cli

APP = Path(__file__).resolve().parent.parent.parent / "app.py"


def run_front(port: int, address: str) -> None:
    """The theme and the server's settings are read from `.streamlit` beside app.py, so that is where we go."""
    os.chdir(APP.parent)
    cli.main(["run", str(APP), "--server.port", str(port), "--server.address", address], standalone_mode=False)
