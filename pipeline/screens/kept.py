"""What somebody typed, kept beside Streamlit's own memory, which forgets a field as soon as a page stops showing it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

import streamlit as st

from pipeline.messages import Say

T = TypeVar("T")


def label(say: Say, name: str) -> str:
    """The name of a field as it stands above it."""
    return capital(say(f"field.{name}"))


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def kept(name: str, make: Callable[[], T]) -> T:
    """One thing of this browser tab, made when first asked for."""
    if name not in st.session_state:
        st.session_state[name] = make()
    found: T = st.session_state[name]
    return found


def field(widget: Callable[..., Any], label: str, keeper: MutableMapping[str, Any], name: str, *, key: str, **how: Any) -> Any:
    """A widget that shows what `keeper` has under `name`, and keeps there what it is changed to."""
    if key not in st.session_state:
        st.session_state[key] = keeper.get(name)
    keeper[name] = widget(label, key=key, **how)
    return keeper[name]
