"""The images of a piece: taken in, described, ordered."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from markupsafe import Markup

from pipeline.desk.reading import PieceView
from pipeline.desk.writing import MOST_IMAGES
from pipeline.errors import Refusal
from pipeline.records import ImageRef
from pipeline.screens.kept import kept
from pipeline.screens.parts.pictures import picture
from pipeline.screens.shared import Workplace, plain, show, spoken
from pipeline.screens.write_typed import Typed

TROUBLES = "write-image-troubles"
THUMB = Markup("<img src='{}' alt='' style='width:6rem;height:4rem;object-fit:cover;border-radius:.4rem'>")


def images(place: Workplace, view: PieceView, typed: Typed) -> None:
    say = place.say
    st.caption(say("write.images_hint"))
    troubles: dict[str, list[str]] = kept(TROUBLES, dict)
    if len(typed.images) < MOST_IMAGES:
        _take_in(place, view.piece.id, typed, troubles)
    for trouble in troubles.get(view.piece.id, ()):
        st.error(plain(trouble), icon=":material/block:")
    for number, image in enumerate(list(typed.images), 1):
        _image(place, view.piece.id, typed, number, image)


def _take_in(place: Workplace, piece_id: str, typed: Typed, troubles: dict[str, list[str]]) -> None:
    """Read at once, then the field is emptied; what was refused is listed below it."""
    count = f"write-uploads-{piece_id}"
    uploads = st.session_state.setdefault(count, 0)
    files = st.file_uploader(place.say("write.add_images"), accept_multiple_files=True, key=f"write-files-{piece_id}-{uploads}")
    if not files:
        return
    troubles[piece_id] = []
    for file in files[: MOST_IMAGES - len(typed.images)]:
        try:
            image = place.desk.add_image(file.getvalue(), file.name)
        except Refusal as refusal:
            troubles[piece_id].append(spoken(place.say, refusal))
        else:
            if image.sha256 not in {one.sha256 for one in typed.images}:
                typed.images.append(image)
    st.session_state[count] = uploads + 1
    st.rerun()


def _image(place: Workplace, piece_id: str, typed: Typed, number: int, image: ImageRef) -> None:
    say, short = place.say, image.sha256[:12]
    seen, described = st.columns([1, 7], vertical_alignment="bottom")
    if shown := picture(image):
        with seen:
            show(THUMB.format(shown["data"]))
    with described, st.container(horizontal=True, vertical_alignment="bottom", key=f"write-image-{short}"):
        key = f"write-alt-{piece_id}-{short}"
        if key not in st.session_state:
            st.session_state[key] = image.alt
        label = say("write.alt", number=number, name=image.name)
        st.text_input(plain(label), key=key, on_change=_describe, args=(typed, short, key), placeholder=say("write.alt_hint"))
        if number > 1:
            _sign("arrow_upward", say("write.move_up"), f"write-up-{short}", _move, typed, short, -1)
        if number < len(typed.images):
            _sign("arrow_downward", say("write.move_down"), f"write-down-{short}", _move, typed, short, 1)
        _sign("delete", say("write.drop_image"), f"write-drop-{short}", _drop, typed, short)


def _sign(icon: str, words: str, key: str, action: Callable[..., None], *given: object) -> None:
    st.button(f":material/{icon}:", key=key, help=words, type="tertiary", on_click=action, args=given)


def _place_of(typed: Typed, short: str) -> int | None:
    return next((place for place, image in enumerate(typed.images) if image.sha256.startswith(short)), None)


def _describe(typed: Typed, short: str, key: str) -> None:
    if (place := _place_of(typed, short)) is not None:
        typed.describe(place + 1, st.session_state[key])


def _move(typed: Typed, short: str, by: int) -> None:
    place = _place_of(typed, short)
    if place is None or not 0 <= place + by < len(typed.images):
        return
    order = list(typed.images)
    order[place], order[place + by] = order[place + by], order[place]
    typed.arrange(order)


def _drop(typed: Typed, short: str) -> None:
    typed.arrange([image for image in typed.images if not image.sha256.startswith(short)])
