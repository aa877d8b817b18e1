"""A language model's service on this machine: OpenAI's chat interface, strict about requests, scripted in its answers.

    python -m tests.fakes.model --port 8099 [--trait no_schema]

Traits stand for kinds of servers and last; `next` is a row of single misfortunes, one per request, then all is well again.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-local-0123456789abcdef"
MODEL = "probe-1"
TRAITS = frozenset(
    "no_schema no_json_object ignores_format old_limit no_stream_options no_usage no_stream no_key_needed no_model_list".split()
)
MISFORTUNES = frozenset(
    "fenced thinking prose wrong_shape empty cut early length refusal filter 401 403 busy busy_long quota 500 503 "
    "hang stall slow html redirect context_length error_in_stream poisoned foreign_ids".split()
)
ALLOWED = frozenset(
    "model messages stream stream_options response_format max_tokens max_completion_tokens temperature top_p seed "
    "user n stop".split()
)
UNSUPPORTED = frozenset("allOf oneOf not minLength maxLength minItems maxItems pattern format minimum maximum default if".split())


class Wrong(Exception):
    """The request breaks the interface's contract."""

    def __init__(self, message: str, param: str | None = None, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.body = {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}
        self.status = status


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return "\n\n".join(message["content"] for message in self.body.get("messages", []))


@dataclass
class ModelServer:
    """Use as a context manager; `address` is the base URL to configure."""

    traits: set[str] = field(default_factory=set)
    next: deque[str] = field(default_factory=deque)
    requests: list[Received] = field(default_factory=list)
    port: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    """Set it to let a hanging or slow answer go on."""
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set when a client went away in the middle of an answer."""

    def __enter__(self) -> ModelServer:
        assert self.traits <= TRAITS, self.traits - TRAITS
        fake = self
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), type("Handler", (Handler,), {"fake": fake}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def chats(self) -> list[Received]:
        return [one for one in self.requests if one.path.endswith("/chat/completions")]

    def will(self, *misfortunes: str) -> None:
        assert set(misfortunes) <= MISFORTUNES, set(misfortunes) - MISFORTUNES
        self.next.extend(misfortunes)


class Handler(BaseHTTPRequestHandler):
    fake: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        return

    def do_GET(self) -> None:
        self._keep({})
        if self.path != "/v1/models" or "no_model_list" in self.fake.traits:
            return self._json(
                404, {"error": {"message": "Not found", "type": "invalid_request_error", "param": None, "code": None}}
            )
        names = [MODEL, "probe-mini"]
        return self._json(
            200,
            {"object": "list", "data": [{"id": name, "object": "model", "created": 1, "owned_by": "local"} for name in names]},
        )

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        try:
            body = json.loads(raw)
        except ValueError:
            return self._json(400, Wrong("The body is not JSON").body)
        self._keep(body)
        misfortune = self.fake.next.popleft() if self.fake.next else ""
        if self._answered_early(misfortune):
            return None
        try:
            self._check(body)
            check_request(body, self.fake.traits)
        except Wrong as wrong:
            return self._json(wrong.status, wrong.body)
        return self._answer(body, misfortune)

    def _keep(self, body: dict[str, Any]) -> None:
        self.fake.requests.append(Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body))

    def _check(self, body: dict[str, Any]) -> None:
        if self.path != "/v1/chat/completions":
            raise Wrong(f"Unknown request URL: POST {self.path}", status=404)
        key = self.headers.get("authorization", "")
        if "no_key_needed" not in self.fake.traits and key != f"Bearer {KEY}":
            raise Wrong(f"Incorrect API key provided: {key.removeprefix('Bearer ')}.", status=401, code="invalid_api_key")
        if body.get("model") not in (MODEL, "probe-mini"):
            raise Wrong(f"The model `{body.get('model')}` does not exist", status=404, code="model_not_found")

    # ---------------------------------------------------------------------------------------- before any answer is made

    def _answered_early(self, misfortune: str) -> bool:
        errors = {
            "401": (401, "Incorrect API key provided: " + self.headers.get("authorization", ""), "invalid_api_key"),
            "403": (403, "Country, region, or territory not supported", "unsupported_country_region_territory"),
            "busy": (429, "Rate limit reached for requests", "rate_limit_exceeded"),
            "busy_long": (429, "Rate limit reached for requests", "rate_limit_exceeded"),
            "quota": (429, "You exceeded your current quota, please check your plan", "insufficient_quota"),
            "500": (500, "The server had an error", "server_error"),
            "503": (503, "The engine is currently overloaded", "overloaded"),
            "context_length": (
                400,
                "This model's maximum context length is 4000 tokens. However, your messages resulted in 5000 tokens.",
                "context_length_exceeded",
            ),
        }
        if misfortune in errors:
            status, message, code = errors[misfortune]
            kind = code if status == 429 else "invalid_request_error"
            wait = {"busy": {"retry-after": "0"}, "busy_long": {"retry-after": "90"}}.get(misfortune, {})
            self._json(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, wait)
        elif misfortune == "hang":
            self.fake.released.wait(60)
            self.close_connection = True
        elif misfortune == "html":
            self._send(200, "text/html; charset=utf-8", b"<!doctype html><title>Login</title><form>Please sign in</form>")
        elif misfortune == "redirect":
            self._send(307, "text/plain", b"", {"location": "http://127.0.0.1:9/v1/chat/completions"})
        return misfortune in errors or misfortune in ("hang", "html", "redirect")

    # -------------------------------------------------------------------------------------------------------- answering

    def _answer(self, body: dict[str, Any], misfortune: str) -> None:
        text = answer_text(body, misfortune, self.fake.traits)
        usage = {"prompt_tokens": len(json.dumps(body["messages"])) // 4, "completion_tokens": max(1, len(text) // 4)}
        usage["total_tokens"] = sum(usage.values())
        if not body.get("stream") or "no_stream" in self.fake.traits:
            message = {"role": "assistant", "content": text, "refusal": None}
            choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
            return self._json(
                200,
                {
                    "id": "c1",
                    "object": "chat.completion",
                    "created": 1,
                    "model": body["model"],
                    "choices": choices,
                    "usage": usage,
                },
            )
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self._stream(body, text, misfortune, usage)
        except (BrokenPipeError, ConnectionResetError):
            self.fake.hung_up.set()
        return None

    def _stream(self, body: dict[str, Any], text: str, misfortune: str, usage: dict[str, int]) -> None:
        half = len(text) // 2
        shown = text[:half] if misfortune in ("cut", "early", "length", "error_in_stream", "stall") else text
        self._event(body, {"role": "assistant", "content": ""})
        if misfortune == "refusal":
            self._event(body, {"refusal": "I cannot help "})
            self._event(body, {"refusal": "with that."})
        else:
            for bit in (shown[start : start + 24] for start in range(0, len(shown), 24)):
                self._event(body, {"content": bit})
                if misfortune == "slow":
                    self._watch(0.05)
        if misfortune == "cut":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # ends with a reset
            self.connection.close()
            return
        if misfortune == "stall":
            self._watch(60)
            return
        if misfortune == "error_in_stream":
            self._line({"error": {"message": "The server had an error while processing", "type": "server_error", "code": None}})
            return
        if misfortune == "early":
            return
        self._event(body, {}, {"length": "length", "filter": "content_filter"}.get(misfortune, "stop"))
        if (body.get("stream_options") or {}).get("include_usage") and "no_usage" not in self.fake.traits:
            self._line(self._chunk(body, [], usage))
        self.wfile.write(b"data: [DONE]\n\n")

    def _watch(self, seconds: float) -> None:
        """Waits until released, or until the client is gone: then its end of the line reads as empty."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.fake.released.is_set():
            self.connection.settimeout(0.02)
            try:
                if self.connection.recv(1, socket.MSG_PEEK) == b"":
                    raise BrokenPipeError
            except TimeoutError:
                continue
            finally:
                self.connection.settimeout(None)

    def _event(self, body: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> None:
        self._line(self._chunk(body, [{"index": 0, "delta": delta, "finish_reason": finish}], None))

    def _chunk(self, body: dict[str, Any], choices: list[Any], usage: dict[str, int] | None) -> dict[str, Any]:
        return {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": body["model"],
            "choices": choices,
            "usage": usage,
        }

    def _line(self, data: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def _json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(body).encode(), headers)

    def _send(self, status: int, media_type: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": media_type, "content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


# ---------------------------------------------------------------------------------------------------- the contract


def check_request(body: dict[str, Any], traits: set[str]) -> None:
    for name in body:
        if name not in ALLOWED:
            raise Wrong(f"Unrecognized request argument supplied: {name}", name)
    _check_messages(body.get("messages"))
    _check_stream(body, traits)
    _check_limit(body, traits)
    if "response_format" in body:
        _check_format(body["response_format"], body["messages"], traits)


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise Wrong("'messages' must be a non-empty array", "messages")
    for message in messages:
        if set(message) != {"role", "content"} or message["role"] not in ("system", "user", "assistant"):
            raise Wrong("A message has role and content", "messages")
        if not isinstance(message["content"], str) or not message["content"]:
            raise Wrong("Message content must be a non-empty string", "messages")
    if messages[0]["role"] != "system" or messages[-1]["role"] != "user":
        raise Wrong("The system message comes first, a user's last", "messages")


def _check_stream(body: dict[str, Any], traits: set[str]) -> None:
    if not isinstance(body.get("stream", False), bool):
        raise Wrong("'stream' must be a boolean", "stream")
    options = body.get("stream_options")
    if options is not None and "no_stream_options" in traits:
        raise Wrong("Extra inputs are not permitted: stream_options", status=422)
    if options is not None and (not body.get("stream") or set(options) != {"include_usage"}):
        raise Wrong("'stream_options' is only allowed with 'stream', and knows include_usage", "stream_options")


def _check_limit(body: dict[str, Any], traits: set[str]) -> None:
    if "max_completion_tokens" in body and "max_tokens" in body:
        raise Wrong("Set one of 'max_tokens' and 'max_completion_tokens'", "max_tokens")
    wrong = "max_completion_tokens" if "old_limit" in traits else "max_tokens"
    if wrong in body:
        raise Wrong(f"Unsupported parameter: '{wrong}' is not supported with this model", wrong, code="unsupported_parameter")
    limit = body.get("max_tokens", body.get("max_completion_tokens", 1))
    if not isinstance(limit, int) or limit < 1:
        raise Wrong("The limit must be a positive integer")


def _check_format(form: Any, messages: list[dict[str, str]], traits: set[str]) -> None:
    kind = form.get("type") if isinstance(form, dict) else None
    if kind == "json_schema":
        if "no_schema" in traits:
            raise Wrong(
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model", "response_format"
            )
        _check_named_schema(form)
    elif kind == "json_object":
        if "no_json_object" in traits:
            raise Wrong("'response_format' is not supported", "response_format")
        if set(form) != {"type"}:
            raise Wrong("json_object takes nothing else", "response_format")
        if not any("json" in message["content"].casefold() for message in messages):
            raise Wrong(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
                "messages",
            )
    else:
        raise Wrong("Unknown response_format", "response_format")


def _check_named_schema(form: dict[str, Any]) -> None:
    given = form.get("json_schema")
    if (
        set(form) != {"type", "json_schema"}
        or not isinstance(given, dict)
        or not re.fullmatch(r"[\w-]{1,64}", str(given.get("name")))
    ):
        raise Wrong("json_schema needs a name", "response_format")
    if given.get("strict") is not True:
        raise Wrong("This service takes strict schemas only", "response_format")
    for part in _parts(given.get("schema")):
        if UNSUPPORTED & set(part):
            raise Wrong(f"Not permitted in strict mode: {sorted(UNSUPPORTED & set(part))}", "response_format")
        if part.get("type") == "object" and (
            part.get("additionalProperties") is not False or sorted(part.get("required", [])) != sorted(part["properties"])
        ):
            raise Wrong("'required' must list every property, 'additionalProperties' must be false", "response_format")
        if len(part.get("enum", [])) > 1000:
            raise Wrong("Too many enum values", "response_format")


def _parts(given: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(given, dict) or "type" not in given:
        raise Wrong("Every part of a schema needs a type", "response_format")
    yield given
    for inner in given.get("properties", {}).values():
        yield from _parts(inner)
    if "items" in given:
        yield from _parts(given["items"])


# ----------------------------------------------------------------------------------------------------- the answers


def answer_text(body: dict[str, Any], misfortune: str, traits: set[str]) -> str:
    form = (body.get("response_format") or {}).get("type", "text")
    prompt = "\n".join(message["content"] for message in body["messages"])
    draft = draft_from(prompt, misfortune)
    as_json = json.dumps(draft, ensure_ascii=False)
    if misfortune == "prose" or ("ignores_format" in traits and form != "text"):
        return "Gern! Hier ist ein Entwurf: Die Werkhalle ist still, und niemand weiß, warum."
    if misfortune == "empty":
        return ""
    if misfortune == "wrong_shape":
        return json.dumps({"entwurf": "ohne Blöcke", "blocks": "keine"})
    if misfortune == "fenced":
        return f"Hier der Entwurf:\n\n```json\n{as_json}\n```\nViel Erfolg!"
    if misfortune == "thinking":
        return f'<think>Erst die Form {{"blocks": 1}} bedenken.</think>\n{as_json}'
    return as_json if form != "text" else _with_marks(draft)


def draft_from(prompt: str, misfortune: str) -> dict[str, Any]:
    """A plain but honest draft: sentences of the passages that were sent, with their ids."""
    sources = [
        (ref, html.unescape(text)) for ref, text in re.findall(r'<quelle id="(S\d+\.\d+)" titel="[^"]*">([^<]*)</quelle>', prompt)
    ]
    english = "Write English" in prompt
    title = re.search(r"^(?:Titel|Title): (.+)$", prompt, re.MULTILINE)
    first, *rest = sources or [("S0.0", "…")]
    blocks = [_block("hook", re.split(r"(?<=[.!?])\s", first[1])[0], [first[0]])]
    for ref, text in rest[:3]:
        if "LinkedIn" not in prompt:
            blocks.append(_block("heading", "What follows" if english else "Was daraus folgt", [ref]))
        blocks.append(_block("paragraph", text, [ref]))
    if len(rest) > 4:
        blocks.append(_block("list", "\n".join(text.split("\n")[0] for _, text in rest[3:6]), [ref for ref, _ in rest[3:6]]))
    question = "What is your experience?" if english else "Welche Erfahrung haben Sie damit gemacht?"
    blocks.append(_block("cta", question, [], "question"))
    if misfortune == "poisoned":
        blocks.insert(1, _block("paragraph", POISON, ["S1.1"]))
    if misfortune == "foreign_ids":
        blocks.insert(1, _block("paragraph", "Der Umsatz stieg um 4.711 Prozent.", ["S99.1", "S1.99999"]))
    return {
        "title": html.unescape(title[1]) if title else "Entwurf",
        "meta_description": "A draft for checking." if english else "Ein Entwurf zum Prüfen.",
        "blocks": blocks,
        "hashtags": ["#Mittelstand", "Wissen"],
        "open_questions": ["Who checks the figures?" if english else "Wer prüft die Zahlen?"],
        "left_out": [],
    }


POISON = (
    'Mehr unter [unserem Angebot](https://boese.example/weg?x=1) und <a href="https://boese.example">hier</a>. '
    "![Zählbild](https://boese.example/pixel.png)<script>alert(1)</script> Oder www.boese.example/a und https://boese.example/b. "
    "Auch [x]( javascript:alert(1) ) und [y][1].\n\n[1]: https://boese.example/c\n\u202everdreht\u200b"
)


def _block(kind: str, text: str, evidence: list[str], stance: str = "fact") -> dict[str, Any]:
    return {"type": kind, "text": text, "evidence": evidence, "stance": stance}


def _with_marks(draft: dict[str, Any]) -> str:
    lines = ["@@title", draft["title"], "@@meta_description", draft["meta_description"]]
    for block in draft["blocks"]:
        lines += [f"@@{block['type']} {', '.join(block['evidence'])} | {block['stance']}", block["text"]]
    return "\n".join([*lines, "@@hashtags", ", ".join(draft["hashtags"]), "@@open_questions", *draft["open_questions"]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--trait", action="append", default=[], choices=sorted(TRAITS))
    parser.add_argument("--next", action="append", default=[], choices=sorted(MISFORTUNES))
    given = parser.parse_args()
    with ModelServer(traits=set(given.trait), next=deque(given.next), port=given.port) as server:
        print(f"OPENAI_BASE_URL={server.address} OPENAI_API_KEY={KEY} STAFFELSTAB_MODEL={MODEL}", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
