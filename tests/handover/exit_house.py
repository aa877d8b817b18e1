"""A house on its way to the exit: a LinkedIn page beside the blog, each channel with owner and deputy, people who act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from handover.desk import HandoverDesk
from pipeline.publish.channels.linkedin import LinkedIn
from pipeline.publish.channels.port import Outlet
from pipeline.publish.channels.registry import outlet
from pipeline.records import Person, Phase
from tests.fakes.linkedin import PAGE, PAGE_SCOPES, FakeLinkedIn, Token
from tests.house import AHouse, a_house

SANDERS_TOKEN, MARIAS_TOKEN = "page-token", "token-of-maria"
REASON = "So haben wir es miteinander besprochen."


@dataclass(frozen=True)
class ExitHouse:
    at: AHouse
    linkedin: FakeLinkedIn

    def of(self, person: Person) -> HandoverDesk:
        return HandoverDesk(self.at.house, self.at.client.id, person.id)

    @property
    def sander(self) -> HandoverDesk:
        return self.of(self.at.sander)

    @property
    def maria(self) -> HandoverDesk:
        return self.of(self.at.maria)

    @property
    def jonas(self) -> HandoverDesk:
        return self.of(self.at.jonas)

    def give_away(self, *slugs: str) -> None:
        for slug in slugs or ("blog", "linkedin"):
            for phase in (Phase.MITMACHEN, Phase.ABGEBEN):
                self.sander.propose(slug, phase, reason=REASON)
                self.maria.accept(slug, reason=REASON)

    def deliver_and_control(self, *codes: str) -> None:
        for code in codes:
            self.sander.deliver(code)
            self.at.clock.ahead(minutes=5)
            self.maria.control(code)

    def revoke(self, token: str) -> None:
        self.linkedin.tokens[token].state = "revoked"

    def acts(self) -> list[str]:
        return [event.act for event in self.maria.events(limit=None)][::-1]

    def state_of(self, code: str) -> str:
        return {one.code: one.state.value for one in self.maria.exit_list().items}[code]


def without_waiting(kind: str) -> Outlet:
    """The channels themselves, but nobody waits until all of LinkedIn knows a new token."""
    return LinkedIn(wait=lambda _seconds: None) if kind == "linkedin" else outlet(kind)


@contextmanager
def an_exit_house(folder: Path) -> Iterator[ExitHouse]:
    """Sander has connected the LinkedIn page with his own token; Maria owns both channels, Jonas is her deputy."""
    with FakeLinkedIn() as linkedin:
        made = a_house(folder)
        at = replace(made, house=replace(made.house, outlet=without_waiting))
        linkedin.tokens[MARIAS_TOKEN] = Token(name="Maria Lindqvist", scopes=PAGE_SCOPES, roles={PAGE: "ADMINISTRATOR"})
        house = ExitHouse(at, linkedin)
        house.sander.add_channel(
            name="LinkedIn-Seite",
            slug="linkedin",
            outlet="linkedin",
            owner=at.maria.email,
            deputy=at.jonas.email,
            settings={"author": PAGE, "api_url": linkedin.url, "oauth_url": f"{linkedin.url}/oauth/v2"},
            secret=SANDERS_TOKEN,
        )
        house.maria.agree("linkedin")
        house.maria.change_owner("blog", owner=at.maria.email, deputy=at.jonas.email)
        yield house
        at.house.store.close()
