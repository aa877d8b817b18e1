"""A browser tab without a browser: speaks Streamlit's protocol over the websocket and waits until the script has finished."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

PATIENCE_SECONDS = 120


class Tab:
    """One session on one page.

    elements  what the last run sent: blocks and elements
    """

    def __init__(self, address: str, page: str = "", cookies: Mapping[str, str] | None = None, query: str = "") -> None:
        host = urlsplit(address).netloc
        told = {"Cookie": "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())} if cookies else {}
        self._socket = connect(
            f"ws://{host}/_stcore/stream",
            additional_headers=told,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            compression=None,
            close_timeout=2,
        )
        self._url, self._page, self._query, self._script = f"{address}/{page}", page, query, ""
        self._kept: set[str] = set()
        self.elements = 0
        self.rerun()

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()

    def rerun(self) -> None:
        """What a click that changes nothing causes: the page's script runs from its first line to its last."""
        ask = BackMsg()
        ask.rerun_script.page_script_hash = self._script
        ask.rerun_script.page_name = "" if self._script else self._page
        ask.rerun_script.query_string = self._query
        ask.rerun_script.cached_message_hashes.extend(self._kept)
        ask.rerun_script.context_info.url = self._url
        ask.rerun_script.context_info.locale = "de-DE"
        ask.rerun_script.context_info.timezone = "Europe/Berlin"
        self._socket.send(ask.SerializeToString())
        self.elements = 0
        while (told := self._next()).WhichOneof("type") != "script_finished":
            self._look_at(told)
        if told.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
            raise RuntimeError(f"the script of {self._url} ended with {told.script_finished}")

    def _next(self) -> ForwardMsg:
        told = ForwardMsg()
        told.ParseFromString(self._socket.recv(PATIENCE_SECONDS, decode=False))
        return told

    def _look_at(self, told: ForwardMsg) -> None:
        kind = told.WhichOneof("type")
        if told.metadata.cacheable and told.hash:
            self._kept.add(told.hash)
        if kind in ("delta", "ref_hash"):
            self.elements += 1
        if kind == "navigation":
            self._script = told.navigation.page_script_hash
        if kind == "page_not_found":
            raise RuntimeError(f"no page {self._url}")
        if kind == "delta" and told.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(f"{self._url}: {told.delta.new_element.exception.message}")
