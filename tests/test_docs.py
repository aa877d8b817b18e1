"""Nothing can be done, set or refused that docs/ and templates/messages do not tell, and they tell of nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from handover.cli import cli
from pipeline.errors import every_refusal
from pipeline.messages import KINDS_OF_GAP, LANGUAGES, gaps, sentences
from pipeline.publish.channels.registry import kinds, outlet
from pipeline.settings import NAMES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
CODE = sorted([ROOT / "app.py", *(ROOT / "pipeline").rglob("*.py"), *(ROOT / "handover").rglob("*.py")])
REFUSALS = {kind.__name__: kind for kind in every_refusal()}


def commands_of(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands_of(cli))


@cache
def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


# --------------------------------------------------------------------------------------------------------------- docs


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_row_with_every_option_and_an_example(name: str) -> None:
    rows = [line for line in page("befehle.md").splitlines() if line.startswith(f"| `{name}")]
    assert len(rows) == 1, rows
    (row,) = rows
    options = {max(one.opts, key=len) for one in COMMANDS[name].params if isinstance(one, click.Option)}
    missing = {one for one in options - {"--json", "--as", "--client"} if not re.search(rf"{one}(?![\w-])", row)}
    assert not missing
    assert f"`staffelstab {name}" in row


def test_the_page_of_commands_names_no_option_that_is_not_there() -> None:
    known = {option for command in COMMANDS.values() for one in command.params for option in one.opts} | {"--help", "--version"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page("befehle.md"))) <= known


@pytest.mark.parametrize("words", ["Exit-Code", "0", "1", "2", "`error`", "`code`", "`message`", "`facts`", "`--json`", "`--as`"])
def test_the_page_of_commands_tells_of_codes_and_json(words: str) -> None:
    assert words in page("befehle.md")


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_told(name: str) -> None:
    assert f"`{name}`" in page("betrieb.md")


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_of_channel_has_its_page_with_every_setting(kind: str) -> None:
    names = {"rehearsal": "uebung"}
    text = page(f"kanal-{names.get(kind, kind)}.md")
    missing = {setting.name for setting in outlet(kind).settings if not re.search(rf"(?<!\w){setting.name}(?!\w)", text)}
    assert not missing


# ----------------------------------------------------------------------------------------------------------- sentences


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_every_refusal_has_its_sentence_in_both_languages(name: str) -> None:
    assert name in sentences()
    assert set(sentences()[name]) >= set(LANGUAGES)


@pytest.mark.parametrize("name", sorted(sentences()))
def test_both_languages_have_the_same_gaps(name: str) -> None:
    texts = sentences()[name]
    assert gaps(texts["de"]) == gaps(texts["en"])
    assert all(texts[language].strip() for language in LANGUAGES)


# -- what the code says


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@cache
def nodes() -> list[tuple[Path, ast.AST]]:
    return [(file, node) for file in CODE for node in ast.walk(tree(file))]


GAP = r"[\w. -]+"


def pattern_of(node: ast.AST) -> str | None:
    """A constant text, or an f-string with any part of a name in its gaps, as a regular expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(part) or GAP for part in node.values)
    return None


def said() -> Iterator[tuple[str, str]]:
    """(where, name or pattern) of each first argument of a call named say."""
    for file, node in nodes():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "say" and (pattern := pattern_of(node.args[0])) is not None:
            yield f"{file.relative_to(ROOT)}:{node.lineno}", pattern


def test_every_name_the_code_says_has_its_sentence() -> None:
    missing = [(where, name) for where, name in said() if not any(re.fullmatch(name, known) for known in sentences())]
    assert not missing


def gaps_of_call(call: ast.Call) -> set[str] | None:
    """Names of what fills the gaps; None: not to be seen here."""
    return None if any(one.arg is None for one in call.keywords) else {str(one.arg) for one in call.keywords}


def test_every_refusal_is_made_with_what_its_sentence_needs() -> None:
    wrong = []
    for file, node in nodes():
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = gaps_of_call(node)
        if name in REFUSALS and given is not None:
            lacking = gaps(sentences()[name]["de"]) - given
            wrong += [f"{file.relative_to(ROOT)}:{node.lineno} {name} lacks {one}" for one in sorted(lacking)]
    assert not wrong


def test_every_sentence_is_said_with_what_it_needs() -> None:
    wrong = []
    for file, node in nodes():
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        name, given = node.args[0].value, gaps_of_call(node)
        if called == "say" and name in sentences() and given is not None:
            lacking = gaps(sentences()[name]["de"]) - given
            wrong += [f"{file.relative_to(ROOT)}:{node.lineno} {name} lacks {one}" for one in sorted(lacking)]
    assert not wrong


@cache
def texts() -> set[str]:
    """Every text of the code, and what the page templates say."""
    found = {node.value for _, node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for ending in ("html", "xml"):
        for file in (ROOT / "templates").rglob(f"*.{ending}"):
            found |= set(re.findall(r"""say\(\s*["']([^"']+)["']""", file.read_text("utf-8")))
    return found


@cache
def made_of_parts() -> list[re.Pattern[str]]:
    """Every f-string of the code that could be the name of a sentence."""
    found = {pattern_of(node) or "" for _, node in nodes() if isinstance(node, ast.JoinedStr)}
    return [re.compile(one) for one in sorted(found) if GAP in one and re.fullmatch(r"[\w.\\-]{3,80}", one.replace(GAP, ""))]


def values_of_words() -> set[str]:
    """`word.<Enum>.<value>` of every enumeration of texts, and the words for what gaps such as `what="piece"` are given."""
    found = set()
    for _, node in nodes():
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "StrEnum" for base in node.bases):
            values = [one.value for one in node.body if isinstance(one, ast.Assign)]
            found |= {f"word.{node.name}.{value.value}" for value in values if isinstance(value, ast.Constant)}
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.add(f"{KINDS_OF_GAP.get(str(node.arg), '')}.{node.value.value}")
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "kind" and isinstance(node.value, ast.Constant):
            found.add(f"thing.{node.value.value}")  # a stored record looked for by its id
    return found


def is_used(name: str) -> bool:
    return name in REFUSALS or name in texts() or any(one.fullmatch(name) for one in made_of_parts())


def test_every_sentence_is_used_somewhere() -> None:
    words = values_of_words()
    assert not [name for name in sentences() if name not in words and not is_used(name)]
