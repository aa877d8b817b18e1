"""Address, name, key and price of a model, as the person who runs the installation gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from pipeline.errors import BadSetting

PUBLIC_HOST = "api.openai.com"
NO_KEY_NEEDED = "none"
"""Servers of one's own often need no key, but the client package insists on one."""


@dataclass(frozen=True)
class ModelSettings:
    """price_in, price_out   EUR per million tokens; None: cost is not stated
    read_seconds     longest silence of the service
    whole_seconds    longest answer as a whole
    longest_answer   in tokens
    longest_sources  characters of passages that are sent
    """

    key: str = field(default="", repr=False)
    base_url: str = ""
    model: str = ""
    price_in: float | None = None
    price_out: float | None = None
    read_seconds: float = 60.0
    connect_seconds: float = 5.0
    whole_seconds: float = 180.0
    longest_answer: int = 8_000
    longest_sources: int = 24_000

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> ModelSettings:
        """Missing values are no mistake here: `missing` says which. Raises BadSetting(name, value)."""
        return cls(
            key=environment.get("OPENAI_API_KEY", "").strip(),
            base_url=_address(environment.get("OPENAI_BASE_URL", "").strip()),
            model=environment.get("STAFFELSTAB_MODEL", "").strip(),
            price_in=_price("STAFFELSTAB_PRICE_IN", environment),
            price_out=_price("STAFFELSTAB_PRICE_OUT", environment),
        )

    def __repr__(self) -> str:
        return f"ModelSettings(model={self.model!r}, host={self.host!r}, key={'***' if self.key else ''!r})"

    @property
    def host(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.hostname}:{parts.port}" if parts.hostname and parts.port else parts.hostname or PUBLIC_HOST

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the settings without which no model can be asked."""
        key = () if self.key or self.host != PUBLIC_HOST else ("OPENAI_API_KEY",)
        return (*key, *(() if self.model else ("STAFFELSTAB_MODEL",)))

    @property
    def is_configured(self) -> bool:
        return not self.missing

    def cost(self, prompt_tokens: int, answer_tokens: int) -> float | None:
        if self.price_in is None or self.price_out is None:
            return None
        return round((prompt_tokens * self.price_in + answer_tokens * self.price_out) / 1_000_000, 6)


def _address(value: str) -> str:
    """The key never travels unencrypted, but to this machine and to private networks."""
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        _, host = parts.port, parts.hostname or ""
    except ValueError:
        raise BadSetting(name="OPENAI_BASE_URL", value=value.split("@")[-1]) from None
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and _is_near(host))
    if not host or not encrypted or "@" in parts.netloc or parts.query:
        raise BadSetting(name="OPENAI_BASE_URL", value=value.split("@")[-1].split("?")[0])
    return value.rstrip("/")


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))


def _price(name: str, environment: Mapping[str, str]) -> float | None:
    value = environment.get(name, "").strip()
    if not value:
        return None
    try:
        price = float(value.replace(",", "."))
    except ValueError:
        price = -1.0
    if not 0 <= price < 100_000:
        raise BadSetting(name=name, value=value)
    return price
