from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.channels.wordpress_blocks import marked, to_blocks, unmarked, with_media
from pipeline.records import RemoteImage
from pipeline.text import SafeHtml, to_html, with_images

RUNNERS = "a" * 64
MEDIA = {RUNNERS: RemoteImage(sha256=RUNNERS, remote_id="7", url="https://kunde.example/a&b.png")}


def blocks_of(text: str) -> str:
    return to_blocks(with_images(to_html(text), lambda _: f"image:{RUNNERS}"))


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("Ein „Wort“.", "<!-- wp:paragraph -->\n<p>Ein „Wort“.</p>\n<!-- /wp:paragraph -->"),
        ("## Zwei", '<!-- wp:heading -->\n<h2 class="wp-block-heading">Zwei</h2>\n<!-- /wp:heading -->'),
        ("#### Vier", '<!-- wp:heading {"level":4} -->\n<h4 class="wp-block-heading">Vier</h4>\n<!-- /wp:heading -->'),
        (
            "---",
            '<!-- wp:separator -->\n<hr class="wp-block-separator has-alpha-channel-opacity" />\n<!-- /wp:separator -->',
        ),
        (
            "- a\n",
            '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>a</li>\n'
            "<!-- /wp:list-item --></ul>\n<!-- /wp:list -->",
        ),
        (
            "```python\nx = [1]\n```",
            '<!-- wp:code -->\n<pre class="wp-block-code"><code>x = &#091;1]\n</code></pre>\n<!-- /wp:code -->',
        ),
        (
            "> Ja.",
            '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:paragraph -->\n<p>Ja.</p>\n'
            "<!-- /wp:paragraph --></blockquote>\n<!-- /wp:quote -->",
        ),
        (
            "|A|\n|-|\n|1|",
            '<!-- wp:table {"hasFixedLayout":false} -->\n<figure class="wp-block-table"><table><thead><tr><th>A</th></tr></thead>'
            "<tbody><tr><td>1</td></tr></tbody></table></figure>\n<!-- /wp:table -->",
        ),
    ],
)
def test_each_part_of_an_article_has_its_block(text: str, block: str) -> None:
    assert blocks_of(text) == block


def test_a_list_in_a_list_is_a_list_block_in_its_item() -> None:
    assert blocks_of("3. a\n  - b\n").startswith(
        '<!-- wp:list {"ordered":true,"start":3} -->\n<ol start="3" class="wp-block-list"><!-- wp:list-item -->\n'
        '<li>a<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>b</li>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "Begriff\n:   Erklärung",
        "- lose\n\n- Liste\n\n    zweiter Absatz",
        "<details><summary>Mehr</summary>Text</details>",
        "<table><caption>Titel</caption><tbody><tr><td>1</td></tr></tbody></table>",
        "<table><tbody><tr><td>1</td></tr></tbody><tr><td>ohne Teil</td></tr></table>",
        "<pre>ohne code</pre>",
    ],
)
def test_what_has_no_block_stays_as_it_is_in_an_html_block(text: str) -> None:
    block = blocks_of(text)
    assert block.startswith("<!-- wp:html -->\n<")
    assert seen(block) == seen(to_html(text))


def test_an_image_alone_is_an_image_block_with_number_and_address() -> None:
    block = with_media(blocks_of('![Zwei „Läufer“ & [Stab]](image:1 "Titel")'), MEDIA)
    assert block == (
        '<!-- wp:image {"id":7,"sizeSlug":"full","linkDestination":"none"} -->\n'
        '<figure class="wp-block-image size-full"><img alt="Zwei „Läufer“ &amp; &#091;Stab]" '
        'src="https://kunde.example/a&amp;b.png" title="Titel" class="wp-image-7" /></figure>\n<!-- /wp:image -->'
    )


def test_an_image_that_links_somewhere_keeps_its_link() -> None:
    block = with_media(blocks_of("[![Stab](image:1)](https://beispiel.example)"), MEDIA)
    assert '"linkDestination":"custom"' in block
    assert '<figure class="wp-block-image size-full"><a href="https://beispiel.example"' in block


def test_an_image_within_a_line_stays_there() -> None:
    block = with_media(blocks_of("Vor ![Stab](image:1) nach"), MEDIA)
    assert block.startswith('<!-- wp:paragraph -->\n<p>Vor <img alt="Stab" src="https://kunde.example/a&amp;b.png"')


@pytest.mark.parametrize(
    "text", ["[gallery]", "`[gallery]`", "[Wort [gallery]](https://x.example/?a[]=1)", '<abbr title="[x]">y</abbr>']
)
def test_no_bracket_is_left_that_wordpress_would_carry_out(text: str) -> None:
    assert "[" not in blocks_of(text)
    assert seen(blocks_of(text)) == seen(to_html(text))


@pytest.mark.parametrize("text", ["https://video.example/1", "Ja  \nhttps://video.example/1", "```\nhttps://v.example\n```"])
def test_an_address_alone_on_its_line_is_not_replaced_by_what_stands_there(text: str) -> None:
    assert not re.search(r"https://", blocks_of(text))
    assert seen(blocks_of(text)) == seen(to_html(text))


def test_an_address_in_a_sentence_stays_as_it_is() -> None:
    assert "Siehe https://video.example/1 dort" in blocks_of("Siehe https://video.example/1 dort")


def test_the_marker_is_added_invisibly_and_taken_off_again() -> None:
    markup = blocks_of("Text")
    assert "<!-- staffelstab-0199 -->" in marked(markup, "staffelstab-0199")
    assert unmarked(marked(markup, "staffelstab-0199")) == markup
    assert seen(marked(markup, "staffelstab-0199")) == "Text"


def test_a_text_that_ends_like_a_marker_keeps_its_end() -> None:
    for end in ("<!-- staffelstab-1 -->", "\n\n<!-- wp:html -->\n<!-- x -->\n<!-- /wp:html --> "):
        assert unmarked(f"Text{end}") == f"Text{end}"


SIGNS = "a ä „“ \" ' < > & &amp; [x] (y) * ** _ ` \\ | - 1. # > ! ~ : 🤝🏽 <b> </b> --> <!-- ]] https://x.de ``` image:1".split()
MARKDOWN = st.lists(st.sampled_from([*SIGNS, " ", "    ", "\n", "\n\n", "\u00a0"]), max_size=60).map("".join)


def seen(page: str) -> str:
    """What readers see, without the blanks between blocks."""
    return re.sub(r"[ \n\t]+", "", BeautifulSoup(page, "html.parser").get_text())


@given(MARKDOWN)
def test_whatever_is_written_the_same_words_are_seen_and_every_block_is_closed(text: str) -> None:
    page = SafeHtml(to_html(text))
    blocks = to_blocks(page)
    assert seen(blocks) == seen(page)
    opened = re.findall(r"<!-- wp:([a-z-]+)", blocks)
    closed = re.findall(r"<!-- /wp:([a-z-]+) -->", blocks)
    assert sorted(opened) == sorted(closed)
    assert "[" not in re.sub(r"<!-- wp:[a-z-]+ \{.*?\} -->", "", blocks)
