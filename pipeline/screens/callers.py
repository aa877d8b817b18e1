"""What a request says about its sender, and how much of that is believed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from pipeline.messages import LANGUAGES

LANGUAGE_COOKIE = "staffelstab-language"
HOME = "/"
LONGEST_PATH = 2000
DOOR_PATHS = ("/anmelden", "/abmelden", "/einrichten", "/sprache")

Networks = Sequence[IPv4Network | IPv6Network]


def session_cookie(*, secure: bool) -> str:
    """Name of the cookie that `who_is` wants the value of. `__Host-` lets no neighbouring host set it."""
    return "__Host-staffelstab" if secure else "staffelstab"


def form_cookie(*, secure: bool) -> str:
    """Name of the cookie whose value every form repeats in its hidden field `form`."""
    return "__Host-staffelstab-form" if secure else "staffelstab-form"


def networks_of(proxies: Sequence[str]) -> Networks:
    return [ip_network(proxy, strict=False) for proxy in proxies]


def client_address(caller: HTTPConnection, proxies: Networks) -> str:
    """Who connected to us; behind our own proxies, the rightmost address in X-Forwarded-For that is none of them."""
    address = caller.client.host if caller.client else ""
    hops = ",".join(caller.headers.getlist("x-forwarded-for")).split(",")
    while hops and _is_one_of(address, proxies):
        before = _bare(hops.pop())
        if before is None:
            break
        address = before
    return address


def wanted_language(caller: HTTPConnection) -> str:
    """?lang=, then what was chosen in this browser, then what the browser asks for; German when nothing is said."""
    for said in (caller.query_params.get("lang"), caller.cookies.get(LANGUAGE_COOKIE)):
        if said in LANGUAGES:
            return said
    return accepted_language(caller.headers.get("accept-language", ""))


def accepted_language(header: str) -> str:
    found: list[tuple[float, int, str]] = []
    for entry in header[:500].split(","):
        tag, _, rest = entry.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest)
        share = float(weight[1]) if weight else 0.0 if rest else 1.0
        if tag and share:
            found.append((-share, len(found), tag.split("-")[0].lower()))
    if not found:
        return "de"
    return next((language for _, _, language in sorted(found) if language in LANGUAGES), "en")


def inner_path(wanted: str | None) -> str:
    """`wanted` when it is a page of this installation behind the doors, else the start page."""
    plain = wanted is not None and len(wanted) <= LONGEST_PATH and not re.search(r"[\x00-\x20\x7f\\]", wanted)
    if not wanted or not plain or not wanted.startswith("/") or wanted.startswith("//"):
        return HOME
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path.startswith("//") or parts.path.startswith(DOOR_PATHS):
        return HOME
    return wanted


def is_from_here(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that one of our own pages sent the form. Silence counts as yes: the form's token decides then."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin", "null")  # our pages send no referrer, and browsers then say null
    return origin == "null" or urlsplit(origin).netloc == headers.get("host", "")


def _is_one_of(address: str, networks: Networks) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in networks)


def _bare(hop: str) -> str | None:
    """Without port and brackets; None when it is no address."""
    hop = hop.strip()
    if found := re.fullmatch(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+", hop):
        hop = found[1] or found[2]
    try:
        return str(ip_address(hop))
    except ValueError:
        return None
