"""The house that the screens work in. Put here once by app.py or a test; it knows no visitor (visitor.py does)."""

from __future__ import annotations

from pipeline.desk.house import House

_houses: list[House] = []


def set_house(house: House) -> None:
    _houses[:] = [house]


def house() -> House:
    if not _houses:
        raise RuntimeError("no house: start with `streamlit run app.py`, not with a screen")
    return _houses[0]
