"""One call of the model service: streamed, watched by the clock, ended when asked, and its errors as refusals.

The client package is imported here only, and only when a call is made: it takes longer to load than everything else.
"""

from __future__ import annotations

import json
import math
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.draft.model_settings import NO_KEY_NEEDED, ModelSettings
from pipeline.errors import (
    ModelAddressWrong,
    ModelBusy,
    ModelQuotaUsedUp,
    ModelRefusedKey,
    ModelRefusedRequest,
    ModelUnknown,
    ModelUnreachable,
    Refusal,
)
from pipeline.records import Usage

if TYPE_CHECKING:
    from openai import OpenAI

LOOK_SECONDS = 0.05
LONGEST_WAIT = 20.0
"""Seconds a service may ask us to wait before the one repetition; longer is said to the person instead."""
CHARACTERS_PER_TOKEN = 3.5
MOST_OFFERED = 8


class Silence(StrEnum):
    """Words in templates/messages/draft.toml."""

    CONNECTION = "connection"
    TIME = "time"
    LIST = "list"


class TooLong(Exception):
    """The service says the prompt does not fit; `share` of it has to go."""

    def __init__(self, share: float) -> None:
        super().__init__(share)
        self.share = share


class NotUnderstood(Exception):
    """A 400 that names a parameter: "format", "limit" or "usage"."""

    def __init__(self, parameter: str, refusal: Refusal) -> None:
        super().__init__(parameter)
        self.parameter = parameter
        self.refusal = refusal


@dataclass
class Heard:
    """What came of one call. `ended`: "stop" when the service said it was finished, else the reason it is not."""

    text: str = ""
    refusal: str = ""
    finish: str | None = None
    stopped: str = ""
    usage: Usage | None = None

    @property
    def ended(self) -> str:
        if self.stopped:
            return self.stopped
        if self.refusal or self.finish == "content_filter":
            return "refusal"
        return {"stop": "stop", "length": "length"}.get(self.finish or "", "cut")


@dataclass
class Service:
    """One address and model, for the calls of one draft."""

    settings: ModelSettings
    cancelled: Callable[[], bool]
    on_text: Callable[[str], None]
    usage: list[Usage] = field(default_factory=list)
    _client: OpenAI | None = None

    def ask(self, messages: list[dict[str, str]], parameters: dict[str, Any]) -> Heard:
        """Raises NotUnderstood, TooLong and Model... refusals; never when any text has come."""
        for last_try in (False, True):
            started = time.monotonic()
            heard, error = self._listen(messages, parameters, started)
            self._count(heard, messages, started, failed=error is not None and not heard.text)
            if error is None or heard.text:
                return heard
            wait = self._wait_before_repeating(error)
            if last_try or wait is None or not self._waited(wait):
                raise self._failure(error)
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _connected(self) -> OpenAI:
        if self._client is None:
            from httpx2 import Timeout  # slow to load
            from openai import DefaultHttpx2Client, OpenAI  # slow to load

            timeout = Timeout(self.settings.read_seconds, connect=self.settings.connect_seconds)
            self._client = OpenAI(
                api_key=self.settings.key or NO_KEY_NEEDED,
                base_url=self.settings.base_url or None,
                timeout=timeout,
                max_retries=0,  # the one repetition is ours: it can be cancelled, is counted, and leaves a used-up account alone
                http_client=DefaultHttpx2Client(follow_redirects=False, timeout=timeout),
            )
        return self._client

    # ------------------------------------------------------------------------------------------------------ listening

    def _listen(
        self, messages: list[dict[str, str]], parameters: dict[str, Any], started: float
    ) -> tuple[Heard, Exception | None]:
        """Reads in a thread of its own, so that a hanging service can be left."""
        heard = Heard()
        bits: queue.Queue[tuple[str, Any]] = queue.Queue()
        call = _Call(self._connected(), {"model": self.settings.model, "messages": messages, **parameters})
        threading.Thread(target=call.run, args=(bits.put,), daemon=True, name="model-call").start()
        try:
            for kind, value in self._bits(bits, heard, started):
                if kind == "error":
                    heard.stopped = "cut"
                    return heard, value
                self._take(heard, kind, value)
        finally:
            call.stop()
        return heard, None

    def _bits(self, bits: queue.Queue[tuple[str, Any]], heard: Heard, started: float) -> Iterator[tuple[str, Any]]:
        while True:
            if self.cancelled():
                heard.stopped = "cancelled"
                return
            if time.monotonic() - started > self.settings.whole_seconds:
                heard.stopped = "timeout"
                return
            try:
                bit = bits.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if bit[0] == "end":
                return
            yield bit

    def _take(self, heard: Heard, kind: str, value: Any) -> None:
        if kind == "text":
            heard.text += value
            self.on_text(value)
        elif kind == "refusal":
            heard.refusal += value
        elif kind == "finish":
            heard.finish = value
        elif kind == "usage":
            heard.usage = self._usage(value[0], value[1], 0.0, estimated=False)

    def _count(self, heard: Heard, messages: list[dict[str, str]], started: float, *, failed: bool) -> None:
        """Every call counts. What the service did not say is estimated; a call it turned away cost nothing."""
        seconds = round(time.monotonic() - started, 3)
        if heard.usage is None:
            asked = 0 if failed else sum(len(message["content"]) for message in messages)
            answer = len(heard.text) + len(heard.refusal)
            heard.usage = self._usage(_tokens(asked), _tokens(answer), seconds, estimated=not failed)
        self.usage.append(heard.usage.model_copy(update={"seconds": seconds}))

    def _usage(self, prompt_tokens: int, answer_tokens: int, seconds: float, *, estimated: bool) -> Usage:
        return Usage(
            model=self.settings.model,
            host=self.settings.host,
            prompt_tokens=prompt_tokens,
            answer_tokens=answer_tokens,
            seconds=seconds,
            estimated=estimated,
            cost_eur=self.settings.cost(prompt_tokens, answer_tokens),
        )

    # --------------------------------------------------------------------------------------------------------- errors

    def _wait_before_repeating(self, error: Exception) -> float | None:
        """Seconds; None when the same call would fail again."""
        import openai  # loaded already

        if isinstance(error, openai.APITimeoutError):
            return None
        if isinstance(error, openai.APIConnectionError):
            return 0.5
        if not isinstance(error, openai.APIStatusError) or _is_quota(error):
            return None
        if error.status_code in (408, 409, 429) or error.status_code >= 500:
            wait = _retry_after(error)
            return wait if wait <= LONGEST_WAIT else None
        return None

    def _waited(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.cancelled():
            threading.Event().wait(LOOK_SECONDS)
        return not self.cancelled()

    def _failure(self, error: Exception) -> Exception:
        """The refusal, or the two exceptions that model.py can do something about. Nothing of the request hangs on it."""
        import openai  # loaded already

        host = self.settings.host
        if isinstance(error, _NoService):
            return ModelAddressWrong(host=host)
        if isinstance(error, openai.APITimeoutError):
            return ModelUnreachable(host=host, reason=Silence.TIME)
        if isinstance(error, openai.APIStatusError):
            return self._status_failure(error)
        if isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError):
            return self._told_failure(error)
        return ModelUnreachable(host=host, reason=Silence.CONNECTION)

    def _status_failure(self, error: Any) -> Exception:
        status, host = error.status_code, self.settings.host
        if status == 401:
            return ModelRefusedKey(host=host)
        if status == 404:
            return self._unknown(error)
        if status == 429:
            return (
                ModelQuotaUsedUp(host=host)
                if _is_quota(error)
                else ModelBusy(host=host, seconds=math.ceil(_retry_after(error)) or 30)
            )
        if status in (408, 409) or status >= 500:
            return ModelUnreachable(host=host, reason=f"HTTP {status}")
        if status == 405 or 300 <= status < 400:
            return ModelAddressWrong(host=host)
        return self._told_failure(error)

    def _told_failure(self, error: Any) -> Exception:
        """A refusal in words, as 400 or within a stream that had begun well."""
        said = _words(error)
        if error.code == "context_length_exceeded" or re.search(
            r"context (?:length|window)|maximum context|too many tokens", said
        ):
            return TooLong(_share_to_drop(said))
        if _is_quota(error):
            return ModelQuotaUsedUp(host=self.settings.host)
        refusal = ModelRefusedRequest(host=self.settings.host, reason=self._scrubbed(error))
        parameter = _parameter_named(error, said)
        return NotUnderstood(parameter, refusal) if parameter else refusal

    def _unknown(self, error: Any) -> Refusal:
        offered = self._offered()
        if offered is None and not isinstance(error.body, dict):
            return ModelAddressWrong(host=self.settings.host)
        return ModelUnknown(host=self.settings.host, model=self.settings.model, offered=offered or Silence.LIST)

    def _offered(self) -> str | None:
        import openai  # loaded already

        try:
            page = self._connected().with_options(timeout=10.0).models.list()
            names = [str(model.id) for model in page.data][:MOST_OFFERED]
        except (openai.OpenAIError, AttributeError, TypeError, ValueError):
            return None
        return ", ".join(names) or None

    def _scrubbed(self, error: Any) -> str:
        """One short line in the service's words. Some repeat the key, or parts of the prompt."""
        body = error.body if isinstance(error.body, dict) else {}
        said = str(body.get("message") or f"HTTP {getattr(error, 'status_code', '')}".strip())
        if self.settings.key:
            said = said.replace(self.settings.key, "***")
        said = re.sub(r"\b(?:sk|pk|rk)-[\w*.-]{6,}|\bBearer\s+\S+", "***", said)
        return re.sub(r"\s+", " ", said).strip()[:160]


class _NoService(Exception):
    """An answer with status 200 that is no model's."""


class _Call:
    """The thread that reads. It may outlive the call it was made for; what it says then, nobody hears."""

    def __init__(self, client: OpenAI, request: dict[str, Any]) -> None:
        self._client = client
        self._request = request
        self._stream: Any = None
        self._stopped = False

    def run(self, tell: Callable[[tuple[str, Any]], None]) -> None:
        try:
            for bit in self._bits():
                tell(bit)
            tell(("end", None))
        except Exception as error:  # noqa: BLE001 - everything has to reach the one who waits
            tell(("error", error))

    def stop(self) -> None:
        self._stopped = True
        if self._stream is not None:
            _hang_up(self._stream.response)

    def _bits(self) -> Iterator[tuple[str, Any]]:
        self._stream = self._client.chat.completions.create(stream=True, **self._request)
        if self._stopped:
            self.stop()
            return
        media_type = self._stream.response.headers.get("content-type", "")
        if "event-stream" in media_type:
            for chunk in self._stream:
                yield from _of_chunk(chunk)
        elif "json" in media_type:  # a server that does not stream
            yield from _of_whole(json.loads(self._stream.response.read()))
        else:
            self._stream.close()
            raise _NoService


def _hang_up(response: Any) -> None:
    """Closing alone does not wake the thread that reads; shutting the socket down does, and the service stops writing."""
    line = response.extensions.get("network_stream")
    connection = line.get_extra_info("socket") if line is not None else None
    if connection is not None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is closed already


def _of_chunk(chunk: Any) -> Iterator[tuple[str, Any]]:
    """Bits of one event; compatible servers leave out what they like."""
    for choice in (getattr(chunk, "choices", None) or [])[:1]:
        delta = getattr(choice, "delta", None)
        if isinstance(text := getattr(delta, "content", None), str) and text:
            yield "text", text
        if isinstance(refusal := getattr(delta, "refusal", None), str) and refusal:
            yield "refusal", refusal
        if choice.finish_reason:
            yield "finish", choice.finish_reason
    usage = getattr(chunk, "usage", None)
    if usage is not None and isinstance(usage.prompt_tokens, int) and isinstance(usage.completion_tokens, int):
        yield "usage", (usage.prompt_tokens, usage.completion_tokens)


def _of_whole(body: Any) -> Iterator[tuple[str, Any]]:
    try:
        choice = body["choices"][0]
        message = choice["message"]
    except (KeyError, IndexError, TypeError):
        raise _NoService from None
    if isinstance(message.get("content"), str):
        yield "text", message["content"]
    if isinstance(message.get("refusal"), str):
        yield "refusal", message["refusal"]
    yield "finish", choice.get("finish_reason")
    usage = body.get("usage") or {}
    if isinstance(usage.get("prompt_tokens"), int) and isinstance(usage.get("completion_tokens"), int):
        yield "usage", (usage["prompt_tokens"], usage["completion_tokens"])


def _tokens(characters: int) -> int:
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def _is_quota(error: Any) -> bool:
    return "insufficient_quota" in (error.code, error.type)


def _retry_after(error: Any) -> float:
    given = error.response.headers.get("retry-after", "")
    try:
        return max(0.0, float(given))
    except ValueError:
        return 1.0


def _words(error: Any) -> str:
    response = getattr(error, "response", None)
    return f"{error} {response.text[:4000] if response is not None else ''}".casefold()


def _parameter_named(error: Any, said: str) -> str:
    """Which of our three optional parameters the service does not take: as `param`, or in its words."""
    if getattr(error, "status_code", None) not in (400, 422):
        return ""
    named = str(getattr(error, "param", "") or "").casefold()
    for text in (named, said):
        if "stream_options" in text or "include_usage" in text:
            return "usage"
        if "max_completion_tokens" in text or "max_tokens" in text:
            return "limit"
        if re.search(r"response_format|json_schema|json_object|structured output|guided|grammar", text):
            return "format"
    return ""


def _share_to_drop(said: str) -> float:
    """From 'maximum context length is 8192 tokens ... resulted in 10500 tokens'; half when the service gives no figures."""
    figures = [int(figure.replace(",", "")) for figure in re.findall(r"\b(\d[\d,]{2,9}) tokens", said)]
    if len(figures) >= 2 and 0 < figures[0] < figures[1]:
        return 1 - figures[0] / figures[1]
    return 0.5
