from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from pytest_httpserver import HTTPServer

from pipeline.draft.sources import NoAnswer, read_page
from pipeline.draft.trouble import Problem
from pipeline.errors import AddressNotAllowed, AddressNotReachable, SourceEmpty, SourceUnreadable
from pipeline.net import Answer, Forbidden, Net, NetError, NothingSent, Unclear
from tests.pipeline.draft.documents import SAMPLES, pdf

PAGE = (SAMPLES / "checkliste-messe.html").read_bytes()


@dataclass
class Door(Net):
    """Answers in place of the network, for what a server cannot be made to do."""

    answer: Answer | NetError
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, *, largest: int = 0, seconds: float = 15) -> Answer:
        self.asked.append(url)
        if isinstance(self.answer, NetError):
            raise self.answer
        return self.answer


def answered(body: bytes, media_type: str, status: int = 200) -> Door:
    return Door(Answer(status, {"content-type": media_type}, body, "https://kunde.example/seite"))


def test_a_page_is_fetched_through_the_one_door(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/messe").respond_with_data(PAGE, content_type="text/html; charset=utf-8")
    read = read_page(httpserver.url_for("/messe"), Net(foreign_too=["127.0.0.0/8"]))
    assert (read.title, read.format) == ("Messe vorbereiten: die Checkliste", "html")


def test_this_machine_is_no_foreign_address(httpserver: HTTPServer) -> None:
    with pytest.raises(AddressNotAllowed):
        read_page(httpserver.url_for("/messe"), Net())


def test_a_missing_page_is_told_with_its_number(httpserver: HTTPServer) -> None:
    address = httpserver.url_for("/weg")
    httpserver.expect_request("/weg").respond_with_data("nicht da", status=404)
    with pytest.raises(AddressNotReachable) as refused:
        read_page(address, Net(foreign_too=["127.0.0.0/8"]))
    assert refused.value.facts == {"address": address, "reason": "404"}


@pytest.mark.parametrize(
    ("trouble", "reason"), [(NothingSent("Name unbekannt"), NoAnswer.CONNECTION), (Unclear("abgebrochen"), NoAnswer.CUT)]
)
def test_a_silent_address_is_told_without_details_of_the_network(trouble: NetError, reason: NoAnswer) -> None:
    with pytest.raises(AddressNotReachable) as refused:
        read_page("https://kunde.example/a", Door(trouble))
    assert refused.value.facts == {"address": "https://kunde.example/a", "reason": reason}


@pytest.mark.parametrize(
    "address",
    [
        "ftp://kunde.example/a",
        "file:///etc/passwd",
        "https://",
        "https://nutzer:geheim@kunde.example/",
        "javascript:alert(1)",
        "https://a b.example",
        "",
    ],
)
def test_addresses_that_are_no_pages_are_never_asked(address: str) -> None:
    door = Door(Forbidden("nein"))
    with pytest.raises(AddressNotAllowed) as refused:
        read_page(address, door)
    assert door.asked == []
    assert "geheim" not in str(refused.value.facts)


def test_an_address_without_scheme_is_asked_encrypted_and_without_its_fragment() -> None:
    door = answered(PAGE, "text/html")
    read_page("kunde.example/seite#kapitel", door)
    assert door.asked == ["https://kunde.example/seite"]


def test_the_declared_character_set_counts() -> None:
    body = "<html><body><p>Größe zählt hier nicht, die Übergabe zählt.</p></body></html>".encode("latin-1")
    assert read_page("https://k.example/", answered(body, "text/html; charset=iso-8859-1")).passages[0].text.startswith("Größe")
    marked = body.replace(b"<body>", b'<head><meta charset="iso-8859-1"></head><body>')
    assert read_page("https://k.example/", answered(marked, "text/html")).passages[0].text.startswith("Größe")


def test_documents_behind_an_address_are_read_as_what_they_are() -> None:
    sentence = "Ein Satz, der lang genug ist, um für sich zu stehen und etwas zu sagen."
    assert read_page("https://k.example/bericht", answered(pdf([sentence]), "application/octet-stream")).format == "pdf"
    assert read_page("https://k.example/a.md", answered(f"# Titel\n\n{sentence}".encode(), "text/plain")).format == "markdown"


def test_pictures_and_empty_pages_are_refused() -> None:
    with pytest.raises(SourceUnreadable) as refused:
        read_page("https://k.example/a.png", answered(b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "image/png"))
    assert refused.value.facts["reason"] is Problem.TYPE
    with pytest.raises(SourceEmpty):
        read_page("https://k.example/app", answered(b'<!doctype html><div id="root"></div><script>start()</script>', "text/html"))
