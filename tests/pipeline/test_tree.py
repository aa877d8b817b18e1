"""The fast reading of a page sees what a forgiving parser sees; and a converter used before converts as a fresh one."""

from __future__ import annotations

from bs4 import BeautifulSoup, NavigableString
from bs4 import Tag as Soup
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import MARKS_OF, _Converters, indent_of_lists, to_html
from pipeline.tree import Tag, read_tree

PARTS = (
    "Ein *kursiver* **fetter** Satz.",
    "- eins\n- zwei\n  - drei\n    - vier",
    "1. a\n2. b\n\n   Absatz",
    "> Zitat\n> > tiefer",
    "```py\nx < 1 &amp; y\n\n  z\n```",
    "    code   \n\n    mehr",
    "a | b\n--|--\n1 | 2 **x**\n  |  ",
    '[Link](https://x.example "T > x")',
    "<b>x</b> <i> </i> <em>  </em>",
    "<table><tr><td><table><tr><td>q</td></tr></table></td></tr></table>",
    '![Alt > "q"](image:1 "ti")',
    "Fuß[^1]\n\n[^1]: Note mit *x*",
    "HTML\n\n*[HTML]: Hyper",
    "Begriff\n:   Erklärung\n\n    zweite",
    "<details open><summary>S</summary>T</details>",
    "<p>a<p>b",
    "Zeile  \nUmbruch<br>drei<br/>",
    "&nbsp;&lt;b&gt; &copy; &#8222;x&#8220;",
    "<pre>  <code> </code>\n\n x</pre>",
    "<ol start=''><li>a</ol>",
    "<figure><img src='image:1' alt='' hidden><figcaption>F</figcaption></figure>",
    "<!-- weg -->",
    "\u00a0\u00a0",
    "# Kopf {#id}",
)
TEXTS = st.lists(
    st.tuples(st.one_of(st.sampled_from(PARTS), st.text(max_size=12)), st.sampled_from(["\n\n", "\n", " "])), max_size=6
).map(lambda parts: "".join(part + gap for part, gap in parts))


def of_soup(node: Soup) -> list[object]:
    return [
        str(child) if isinstance(child, NavigableString) else (child.name, dict(child.attrs), of_soup(child))
        for child in node.children
        if isinstance(child, NavigableString | Soup)
    ]


def of_tree(node: Tag) -> list[object]:
    return [child if isinstance(child, str) else (child.name, child.attributes, of_tree(child)) for child in node.children]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_tree_is_the_one_a_forgiving_parser_makes(text: str) -> None:
    page = to_html(text)
    assert of_tree(read_tree(page)) == of_soup(BeautifulSoup(page, "html.parser", multi_valued_attributes=None))


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_what_was_converted_before_leaves_no_trace(texts: list[str]) -> None:
    used = _Converters()
    assert [used.convert(text) for text in texts] == [_Converters().convert(text) for text in texts]


@settings(max_examples=300, deadline=None)
@given(st.one_of(TEXTS, st.text("`\\[]()!<>&*_^:|#- \n\x02\x03ab;=\"'~", max_size=40)))
def test_marks_whose_sign_is_absent_are_not_missed(text: str) -> None:
    with_all_marks = _Converters._new(indent_of_lists(text), "")
    assert _Converters().convert(text) == with_all_marks.convert(text)


def test_every_inline_mark_of_the_converter_is_known() -> None:
    """A new one of a newer converter has to be looked at: which sign does it need?"""
    always = {"linebreak", "em_strong"}  # a tab becomes blanks; either of two signs
    marks = {mark for marks in MARKS_OF.values() for mark in marks}
    assert {item.name for item in _Converters._new(2, "").inlinePatterns._priority} == marks | always
