from __future__ import annotations

import pytest
from markdown import markdown

from pipeline.desk.who import Action
from pipeline.errors import FieldMissing, MayNotPublish, NotSubmitted
from pipeline.messages import Say
from pipeline.records import Phase, PublicationState, Role, Side, Stage, Verdict
from pipeline.screens.markup import anchor, element, table
from pipeline.screens.paging import page_of
from pipeline.screens.plain import JOINER, plain, shortened
from pipeline.screens.shared import spoken


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_word_of_the_records_can_be_said(language: str) -> None:
    say = Say(language)
    words = [say.word(one) for kind in (Side, Role, Phase, Stage, Verdict, PublicationState, Action) for one in kind]
    assert all(words)


@pytest.mark.parametrize(
    "text",
    [
        "*a* _b_ `c`",
        "# kein Titel",
        "1. keine Liste",
        "- keine Liste",
        "[a](b)",
    ],
)
def test_markdown_in_peoples_text_is_shown_and_not_read(text: str) -> None:
    assert markdown(plain(text)) == f"<p>{text}</p>"


@pytest.mark.parametrize("text", [":material/home:", ":red[rot]", ":smile:", "a -> b", "a <- b", "a -- b", ">= 3"])
def test_streamlits_own_signs_are_broken_up(text: str) -> None:
    assert JOINER in plain(text)
    assert plain(text).replace(JOINER, "").replace("\\", "") == text


def test_ordinary_text_stays_as_it_is() -> None:
    assert (
        plain("Termin 12:30 Uhr, z. B. am 5.3.: Müller & Söhne").replace("\\", "")
        == "Termin 12:30 Uhr, z. B. am 5.3.: Müller & Söhne"
    )


def test_a_web_address_keeps_all_its_signs() -> None:
    assert plain("Siehe https://a.example/x_y?b=1&c=~2, bitte.") == "Siehe <https://a.example/x_y?b=1&c=~2>, bitte."
    assert plain("[x](https://a.example)") == r"\[x\]\(<https://a.example>\)"


def test_a_long_title_is_cut_at_a_word() -> None:
    assert shortened("eins zwei drei vier", 12) == "eins zwei…"
    assert shortened("kurz", 12) == "kurz"


def test_text_in_html_is_escaped_and_only_web_addresses_become_links() -> None:
    assert element("b", "<i>") == "<b>&lt;i&gt;</b>"
    assert "javascript" not in anchor("javascript:alert(1)", "x")
    assert "href" in anchor("https://a.example/?a=1&b='2'")
    assert "'2'" not in anchor("https://a.example/?a=1&b='2'")
    assert "data-name='&#39;'" in table(["'"], [["<"]])


def test_a_refusal_names_fields_and_reasons_in_the_readers_language() -> None:
    assert spoken(Say("de"), FieldMissing(field="title")) == "Eine Angabe fehlt: Titel. Bitte füllen Sie sie aus."
    assert "noch nicht eingereicht" in spoken(Say("de"), MayNotPublish(reasons=[NotSubmitted()]))


def test_the_first_page_begins_at_the_first_row() -> None:
    assert page_of("nothing-chosen", 20) == 0
