"""All settings of the environment, read once. A bad value stops the start with a sentence. docs/betrieb.md lists them."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import BadSetting

NAMES = (
    "STAFFELSTAB_STORE",
    "STAFFELSTAB_KEYS",
    "STAFFELSTAB_AS",
    "STAFFELSTAB_MODEL",
    "STAFFELSTAB_LANGUAGE",
    "STAFFELSTAB_PUBLIC_URL",
    "STAFFELSTAB_PRIVATE_NETWORKS",
    "STAFFELSTAB_PROXIES",
    "STAFFELSTAB_DEMO",
    "STAFFELSTAB_PRICE_IN",
    "STAFFELSTAB_PRICE_OUT",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
)


@dataclass(frozen=True)
class Settings:
    store: Path = Path("data")
    keys: str | None = field(default=None, repr=False)
    acting: str = ""
    language: str = ""
    public_url: str = ""
    private_networks: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    demo: bool = False
    """Sample company: no sign-in, anybody at the machine acts as any of its people."""
    model: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the model author reads: key, address, name, prices."""

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Every name also as NAME_FILE, naming a file that holds the value. Raises BadSetting."""
        given = {name: _value(name, os.environ if environment is None else environment) for name in NAMES}
        store = given["STAFFELSTAB_STORE"] or "data"
        if "://" in store:
            raise BadSetting(name="STAFFELSTAB_STORE", value=store.split("://")[0] + "://…")
        language = given["STAFFELSTAB_LANGUAGE"]
        if language not in ("", "de", "en"):
            raise BadSetting(name="STAFFELSTAB_LANGUAGE", value=language)
        public_url = given["STAFFELSTAB_PUBLIC_URL"].rstrip("/")
        if public_url and not public_url.startswith(("https://", "http://")):
            raise BadSetting(name="STAFFELSTAB_PUBLIC_URL", value=public_url)
        model = {name: given[name] for name in given if name.startswith("OPENAI_") or "MODEL" in name or "PRICE" in name}
        return cls(
            store=Path(store).expanduser(),
            keys=given["STAFFELSTAB_KEYS"] or None,
            acting=given["STAFFELSTAB_AS"],
            language=language,
            public_url=public_url,
            private_networks=_networks("STAFFELSTAB_PRIVATE_NETWORKS", given["STAFFELSTAB_PRIVATE_NETWORKS"]),
            proxies=_networks("STAFFELSTAB_PROXIES", given["STAFFELSTAB_PROXIES"]),
            demo=given["STAFFELSTAB_DEMO"] == "1",
            model={name: value for name, value in model.items() if value},
        )


def _value(name: str, environment: Mapping[str, str]) -> str:
    if (file := environment.get(f"{name}_FILE")) and name != "STAFFELSTAB_KEYS":
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise BadSetting(name=f"{name}_FILE", value=file) from None
    if name == "STAFFELSTAB_KEYS":
        return environment.get("STAFFELSTAB_KEYS_FILE") or environment.get(name, "")
    return environment.get(name, "").strip()


def _networks(name: str, value: str) -> tuple[str, ...]:
    networks = tuple(value.replace(",", " ").split())
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise BadSetting(name=name, value=network) from None
    return networks
