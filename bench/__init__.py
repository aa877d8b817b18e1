"""Measures the product against floors taken in the same minute on the same machine: `python -m bench`, see docs/messwerte.md."""
