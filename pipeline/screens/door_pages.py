"""How the pages in front of the pipeline are drawn: templates/doors, escaped, one style sheet inside, no script at all."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline.errors import (
    LinkIsOver,
    PageExpired,
    PasswordsDiffer,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    Refusal,
    SignInFailed,
    TooManyTries,
)
from pipeline.messages import LANGUAGES, TEMPLATES, Say
from pipeline.screens.callers import wanted_language

NO_STORE = {"Cache-Control": "no-store"}
STATUS: Mapping[type[Refusal], int] = {
    SignInFailed: 403,
    PageExpired: 403,
    TooManyTries: 429,
    LinkIsOver: 410,
    PasswordsDiffer: 422,
    PasswordTooShort: 422,
    PasswordTooLong: 422,
    PasswordTooCommon: 422,
}
STORE_REFUSED = 503


def draw(
    request: Request,
    template: str,
    title: str,
    *,
    form: str,
    refusal: Refusal | None = None,
    note: str = "",
    link: Mapping[str, str] | None = None,
    **facts: object,
) -> Response:
    """A page in the language the browser wants.

    title, note  names of sentences
    form         the token that the page's form repeats
    link         what the page's own address has to keep, its form's and that of the other language
    """
    say = Say(wanted_language(request))
    (other,) = (language for language in LANGUAGES if language != say.language)
    path, kept = quote(request.url.path), dict(link or {})
    stays = {**kept, "lang": say.language} if "lang" in request.query_params else kept
    text = (
        templates()
        .get_template(template)
        .render(
            facts,
            say=say,
            title=say(title),
            note=say(note) if note else "",
            refusal=refusal,
            form=form,
            action=f"{path}?{urlencode(stays)}" if stays else path,
            language=say.language,
            other_language=other,
            other_language_link=f"{path}?{urlencode({**kept, 'lang': other})}",
            style=Markup(style()),  # noqa: S704  (a file of ours)
        )
    )
    answer = HTMLResponse(text, headers={**NO_STORE, "Content-Security-Policy": policy()})
    if refusal:
        answer.status_code = STATUS.get(type(refusal), STORE_REFUSED)
    if isinstance(refusal, TooManyTries):
        answer.headers["Retry-After"] = str(int(str(refusal.facts["minutes"])) * 60)
    return answer


@cache
def templates() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES / "doors"), autoescape=True, undefined=StrictUndefined)


@cache
def style() -> str:
    return (TEMPLATES / "doors" / "style.css").read_text("utf-8")


@cache
def policy() -> str:
    """Nothing but our style sheet, and forms to ourselves."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
