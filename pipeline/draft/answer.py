"""A model's answer, read with tolerance: JSON wherever it stands in it, or text with marks; validated here, never trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pipeline.draft.cleaning import clean

BlockType = Literal["hook", "heading", "paragraph", "list", "quote", "cta"]
Stance = Literal["fact", "opinion", "question"]
MOST_BLOCKS = 80
LONGEST_BLOCK = 8_000
MOST_IDS_IN_SCHEMA = 300
LIST_MARK = re.compile(r"^\s*(?:[-*+•–]|\d{1,2}[.)])\s+")
MARK = re.compile(r"^@@\s*(\w+)\s*(?:\|?\s*(.*))?$")


class Unreadable(Exception):
    """The answer has not the form asked for; the message is what a repair call is told."""


@dataclass(frozen=True)
class ReadBlock:
    type: BlockType
    text: str
    evidence: tuple[str, ...]
    stance: Stance


@dataclass(frozen=True)
class ReadAnswer:
    title: str
    description: str
    blocks: tuple[ReadBlock, ...]
    tags: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def schema(ids: Collection[str]) -> dict[str, Any]:
    """The strict subset that services understand: all properties required, nothing else allowed, no lengths."""
    texts = {"type": "array", "items": {"type": "string"}}
    evidence = {"type": "string", "enum": sorted(ids)} if 0 < len(ids) <= MOST_IDS_IN_SCHEMA else {"type": "string"}
    block = _object(
        type={"type": "string", "enum": list(get_args(BlockType))},
        text={"type": "string"},
        evidence={"type": "array", "items": evidence},
        stance={"type": "string", "enum": list(get_args(Stance))},
    )
    return _object(
        title={"type": "string"},
        meta_description={"type": "string"},
        blocks={"type": "array", "items": block},
        hashtags=texts,
        open_questions=texts,
        left_out=texts,
    )


def _object(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def read_answer(text: str, ids: Collection[str]) -> ReadAnswer:
    """Raises Unreadable."""
    bare = _without_thoughts(text)
    given = _json_object(bare)
    return _validated(given if given is not None else _marked(bare), ids)


def salvaged(text: str, ids: Collection[str]) -> ReadAnswer | None:
    """The whole blocks of an answer that broke off; None when there is none."""
    bare = _without_thoughts(text)
    try:
        given = _json_object(bare) or _json_object(_closed(bare)) or _marked(bare)
        return _validated(given, ids)
    except Unreadable:
        return None


def _without_thoughts(text: str) -> str:
    """Without what a model thought aloud, and without code fences."""
    text = clean(text)
    while (start := text.find("<think>")) >= 0:
        end = text.find("</think>", start)
        text = text[:start] + (text[end + 8 :] if end >= 0 else "")
    text = text.rpartition("</think>")[2]  # some servers swallow the opening tag
    return re.sub(r"^[ \t]*```[\w-]*[ \t]*$", "", text, flags=re.MULTILINE).strip()


def _json_object(text: str) -> dict[str, Any] | None:
    """The first JSON object with blocks that stands anywhere in the text."""
    start = text.find("{")
    for _ in range(20):
        if start < 0:
            return None
        try:
            found, _end = json.JSONDecoder(strict=False).raw_decode(text, start)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and "blocks" in found:
            return found
        start = text.find("{", start + 1)
    return None


def _closed(text: str) -> str:
    """JSON that broke off, cut after its last whole block and closed."""
    start = text.find("{")
    stack: list[str] = []
    inside = escaped = False
    last = 0
    for place, character in enumerate(text[start:] if start >= 0 else "", start):
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "{[":
            stack.append(character)
        elif character in "}]" and stack:
            stack.pop()
            if stack == ["{", "["] and character == "}":
                last = place + 1
    return f"{text[start:last]}]}}" if last else ""


def _marked(text: str) -> dict[str, Any]:
    """The plain form: lines `@@type S1.2, S1.3 | stance`, the text below each."""
    given: dict[str, Any] = {"blocks": []}
    lines: list[str] = []
    for line in [*text.split("\n"), "@@end"]:
        mark = MARK.match(line.strip())
        if mark is None:
            lines.append(line)
            continue
        _keep_marked(given, "\n".join(lines).strip())
        lines = []
        kind, rest = mark[1].casefold(), mark[2] or ""
        if kind in get_args(BlockType):
            stance = next((one for one in get_args(Stance) if one in rest.casefold()), "fact")
            given["blocks"].append({"type": kind, "text": "", "evidence": re.findall(r"S\d+\.\d+", rest), "stance": stance})
            given["_open"] = "block"
        else:
            given["_open"] = kind
            lines = [rest] if rest else []
    return given


def _keep_marked(given: dict[str, Any], text: str) -> None:
    kind = given.pop("_open", "")
    if kind == "block":
        given["blocks"][-1]["text"] = text
    elif kind in ("title", "meta_description"):
        given[kind] = text
    elif kind == "hashtags":
        given[kind] = [tag for tag in re.split(r"[,\n]|\s(?=#)", text) if tag.strip()]
    elif kind in ("open_questions", "left_out"):
        given[kind] = [LIST_MARK.sub("", line) for line in text.split("\n") if line.strip()]


def _validated(given: dict[str, Any], ids: Collection[str]) -> ReadAnswer:
    raw = given.get("blocks")
    if not isinstance(raw, list):
        raise Unreadable("'blocks' must be a list of objects")
    blocks = tuple(block for one in raw[:MOST_BLOCKS] if (block := _block(one, ids)) is not None)
    if not blocks:
        raise Unreadable("'blocks' needs at least one object with 'type' and a non-empty 'text'")
    return ReadAnswer(
        title=_text(given.get("title"))[:300],
        description=_text(given.get("meta_description"))[:500],
        blocks=blocks,
        tags=_texts(given.get("hashtags"), 12),
        questions=_texts(given.get("open_questions"), 30),
        left_out=_texts(given.get("left_out"), 30),
    )


def _block(given: object, ids: Collection[str]) -> ReadBlock | None:
    if not isinstance(given, dict):
        return None
    kind: BlockType = given["type"] if given.get("type") in get_args(BlockType) else "paragraph"
    stance: Stance = given["stance"] if given.get("stance") in get_args(Stance) else "fact"
    raw = given.get("text")
    text = "\n".join(_texts(raw, 50)) if isinstance(raw, list) else _text(raw)
    text = _shaped(kind, text[:LONGEST_BLOCK])
    evidence = tuple(dict.fromkeys(ref for ref in _texts(given.get("evidence"), 100) if ref in ids))
    return ReadBlock(kind, text, evidence, stance) if text else None


def _shaped(kind: BlockType, text: str) -> str:
    """Without the marks that the type adds itself."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    if kind == "heading":
        return " ".join(line.lstrip("# ") for line in lines).strip()
    if kind == "quote":
        return "\n".join(line.lstrip("> ") for line in lines).strip()
    if kind == "list":
        return "\n".join(f"- {LIST_MARK.sub('', line)}" for line in lines if LIST_MARK.sub("", line).strip())
    return "\n".join(re.sub(r"^\s{0,3}#{1,6}\s+", "", line) for line in lines).strip()


def _text(given: object) -> str:
    return given.strip() if isinstance(given, str) else ""


def _texts(given: object, most: int) -> tuple[str, ...]:
    if not isinstance(given, list):
        return ()
    return tuple(one.strip()[:1000] for one in given[:most] if isinstance(one, str) and one.strip())
