"""Safe HTML as the block editor's markup, so that people at the site can go on editing it block by block.

Written so that WordPress stores it byte for byte for every role: its filter for authors rewrites `<br>` to `<br />` and
`&#91;` to `&#091;`, so that is how it is sent. What has no block of its own goes into a "Custom HTML" block as it is.
Source: https://developer.wordpress.org/block-editor/reference-guides/core-blocks/
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag

from pipeline.records import RemoteImage
from pipeline.text import SafeHtml

BLOCKS = "wordpress-blocks/1"
"""Part of the conversion's name: raised whenever the same HTML would become other bytes."""

WITHOUT_END = {"br", "hr", "img"}
LISTS = {"ul", "ol"}
HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
IN_A_LINE = frozenset("a abbr b br cite code del em i img ins kbd q s small strong sub sup u".split())

# alone on a line, WordPress would replace an address by what it finds there (oEmbed)
ADDRESS_ALONE = re.compile(r"^([ \t]*https?):(?=//\S+[ \t]*$)", re.MULTILINE | re.IGNORECASE)
IMAGE_ID = re.compile(r'(?:(?<="id":)|(?<=wp-image-))image:([0-9a-f]{64})')
IMAGE_ADDRESS = re.compile(r'(?<=src=")image:([0-9a-f]{64})(?=")')


class _NoSuchBlock(Exception):
    """The block of this name cannot hold what stands in the HTML."""


def to_blocks(page: SafeHtml) -> str:
    """Images stand in `page` as `image:<sha256>`, and so they do in the result: as address and as id."""
    return _blocks(BeautifulSoup(page, "html.parser", multi_valued_attributes=None).children)


def with_media(markup: str, media: Mapping[str, RemoteImage]) -> str:
    """The placeholders replaced by what the site calls the images."""
    numbered = IMAGE_ID.sub(lambda found: str(int(media[found[1]].remote_id)), markup)
    return IMAGE_ADDRESS.sub(lambda found: _value(media[found[1]].url), numbered)


def marked(markup: str, marker: str) -> str:
    """With a comment that nobody sees and a search finds. In a block of its own: outside it would be a "Classic" block."""
    return f"{markup}{_tail(marker)}"


def unmarked(markup: str) -> str:
    return re.sub(re.escape(_tail("@")).replace("@", r"[\w-]+") + r"\Z", "", markup)


def _tail(marker: str) -> str:
    return "\n\n" + _block("html", f"<!-- {marker} -->")


# ------------------------------------------------------------------------------------------------------ blocks


def _blocks(nodes: Iterable[PageElement]) -> str:
    return "\n\n".join(block for block in map(_block_of, nodes) if block)


def _block(name: str, inner: str, **attributes: object) -> str:
    known = f" {json.dumps(attributes, separators=(',', ':'))}" if attributes else ""
    return f"<!-- wp:{name}{known} -->\n{inner}\n<!-- /wp:{name} -->"


def _block_of(node: PageElement) -> str:
    if not isinstance(node, Tag):
        return _block("html", _markup(node)) if str(node).strip() else ""
    try:
        return _named_block(node)
    except _NoSuchBlock:
        return _block("html", _markup(node))


def _named_block(node: Tag) -> str:
    if node.name == "p":
        return _paragraph(node)
    if node.name in HEADINGS:
        return _heading(node)
    if node.name in LISTS:
        return _list(node)
    if node.name == "blockquote":
        return _block("quote", f'<blockquote class="wp-block-quote">{_blocks(node.children)}</blockquote>')
    if node.name == "pre":
        return _code(node)
    if node.name == "table":
        return _table(node)
    if node.name == "hr":
        return _block("separator", '<hr class="wp-block-separator has-alpha-channel-opacity" />')
    raise _NoSuchBlock(node.name)


def _paragraph(node: Tag) -> str:
    parts = _filled(node)
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], Tag) and _shows_only_an_image(parts[0]):
        return _image_block(parts[0])
    return _block("paragraph", f"<p>{_inside(node)}</p>")


def _shows_only_an_image(node: Tag) -> bool:
    if node.name == "a":
        return [child.name for child in _filled(node) if isinstance(child, Tag)] == ["img"] and not node.get_text().strip()
    return node.name == "img"


def _image_block(node: Tag) -> str:
    """`node` is the image, or a link around it."""
    image = node if node.name == "img" else node.find("img")
    source = str(image.get("src", "")) if isinstance(image, Tag) else ""
    if not source.startswith("image:"):
        raise _NoSuchBlock("image")
    destination = "none" if node.name == "img" else "custom"
    known = f'{{"id":{source},"sizeSlug":"full","linkDestination":"{destination}"}}'
    return f'<!-- wp:image {known} -->\n<figure class="wp-block-image size-full">{_markup(node)}</figure>\n<!-- /wp:image -->'


def _heading(node: Tag) -> str:
    level = int(node.name[1])
    inner = f'<{node.name} class="wp-block-heading">{_inside(node)}</{node.name}>'
    return _block("heading", inner) if level == 2 else _block("heading", inner, level=level)


def _list(node: Tag) -> str:
    items = "\n\n".join(_item(item) for item in _filled(node))
    if node.name == "ul":
        return _block("list", f'<ul class="wp-block-list">{items}</ul>')
    start = str(node.get("start", "1"))
    if not re.fullmatch(r"-?\d{1,9}", start):
        raise _NoSuchBlock("list")
    if start == "1":
        return _block("list", f'<ol class="wp-block-list">{items}</ol>', ordered=True)
    return _block("list", f'<ol start="{start}" class="wp-block-list">{items}</ol>', ordered=True, start=int(start))


def _item(node: PageElement) -> str:
    """A list item holds one line of text and then lists; anything else is no block."""
    if not isinstance(node, Tag) or node.name != "li":
        raise _NoSuchBlock("list-item")
    parts = list(node.children)
    lists = [part for part in parts if isinstance(part, Tag) and part.name in LISTS]
    words = [part for part in parts if part not in lists]
    if lists and _filled_of(parts[parts.index(lists[0]) :]) != lists:
        raise _NoSuchBlock("list-item")
    line = _line(words)
    return _block("list-item", f"<li>{line}{''.join(map(_list, lists))}</li>")


def _line(parts: list[PageElement]) -> str:
    filled = _filled_of(parts)
    if len(filled) == 1 and isinstance(filled[0], Tag) and filled[0].name == "p":
        return _line(list(filled[0].children))
    if any(isinstance(part, Tag) and part.name not in IN_A_LINE for part in filled):
        raise _NoSuchBlock("list-item")
    return "".join(map(_markup, parts)).strip("\n ")


def _code(node: Tag) -> str:
    """The name of a programming language is left out: the block would count as damaged with it."""
    parts = _filled(node)
    if len(parts) != 1 or not isinstance(parts[0], Tag) or parts[0].name != "code":
        raise _NoSuchBlock("code")
    return _block("code", f'<pre class="wp-block-code"><code>{_inside(parts[0])}</code></pre>')


def _table(node: Tag) -> str:
    sections = _filled(node)
    if len({section.name for section in sections if isinstance(section, Tag)}) < len(sections):
        raise _NoSuchBlock("table")  # knows one head, one body, one foot
    rows = "".join(_section(section) for section in sections)
    return _block("table", f'<figure class="wp-block-table"><table>{rows}</table></figure>', hasFixedLayout=False)


def _section(node: PageElement) -> str:
    if not isinstance(node, Tag) or node.name not in ("thead", "tbody", "tfoot"):
        raise _NoSuchBlock("table")
    rows = []
    for row in _filled(node):
        if not isinstance(row, Tag) or row.name != "tr":
            raise _NoSuchBlock("table")
        rows.append(f"<tr>{''.join(map(_cell, _filled(row)))}</tr>")
    return f"<{node.name}>{''.join(rows)}</{node.name}>"


def _cell(node: PageElement) -> str:
    if not isinstance(node, Tag) or node.name not in ("td", "th"):
        raise _NoSuchBlock("table")
    attributes = {name: str(value) for name, value in node.attrs.items() if name != "align"}
    align = str(node.get("align", ""))
    if align in ("left", "center", "right"):
        attributes = {"class": f"has-text-align-{align}", "data-align": align, **attributes}
    return _element(node.name, attributes, _inside(node))


# ------------------------------------------------------------------------------------------------------ markup


def _filled(node: Tag) -> list[PageElement]:
    return _filled_of(node.children)


def _filled_of(nodes: Iterable[PageElement]) -> list[PageElement]:
    return [node for node in nodes if isinstance(node, Tag) or str(node).strip(" \t\n")]


def _inside(node: Tag) -> str:
    return "".join(map(_markup, node.children))


def _markup(node: PageElement) -> str:
    if isinstance(node, NavigableString):
        return _words(str(node))
    if not isinstance(node, Tag):
        return ""
    attributes = {name: str(value) for name, value in node.attrs.items()}
    source = attributes.get("src", "")
    if node.name == "img" and source.startswith("image:"):
        attributes["class"] = f"wp-image-{source}"  # by this WordPress finds smaller sizes of it
    return _element(node.name, attributes, _inside(node))


def _element(name: str, attributes: Mapping[str, str], inside: str) -> str:
    written = "".join(f' {key}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{written} />" if name in WITHOUT_END else f"<{name}{written}>{inside}</{name}>"


def _words(text: str) -> str:
    return ADDRESS_ALONE.sub(r"\1&#058;", _no_shortcode(html.escape(text, quote=False)))


def _value(text: str) -> str:
    return _no_shortcode(html.escape(text, quote=False).replace('"', "&quot;"))


def _no_shortcode(markup: str) -> str:
    """`[gallery]` in a text is meant as it stands; WordPress would carry it out."""
    return markup.replace("[", "&#091;")
