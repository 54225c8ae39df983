"""A TOML document in which every value knows its file, line and path, and partial documents merged over it.

A variant is merged over its plan, and a plan over the one that it extends, by the same rules. Nothing here knows what a
key means, except that the elements of `bonuses`, `caps` and `ranks` are told apart by their `id`, which a cap need
not have, and that `drop` removes.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import takewhile
from typing import Any, Final

from attrs import evolve, frozen

from mlmcore.compensation.toml_lines import Path, toml_lines
from mlmcore.domain.errors import Findings

BY_ID: Final = ("bonuses", "caps", "ranks")
"""Lists whose elements are merged by their id; an element without one comes after those of the plan."""


_TWICE: Final = re.compile(r"Cannot declare \((?P<names>.*)\) twice")
_BEGINS: Final = re.compile(r"\s*(?:\[|(?P<key>[^\s=#\[\]{}\"',][^=#]*?)\s*=)")


class Number(str):
    """A decimal's text in the file, before anybody has judged it."""

    __slots__ = ()


@frozen
class Item:
    """A value of the document.

    Attributes:
        value: A dict of items, a list of items, or a scalar; decimals as `Number`.
        line: Where it stands.
        path: Its path as written, elements with an id by that: `bonuses.unilevel.rates[0]`.
        file: The file in which it stands; "" for what stands in none.
    """

    value: Any
    line: int | None
    path: str
    file: str = ""

    @property
    def table(self) -> "dict[str, Item]":
        """The items of a table, nothing of anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def array(self) -> "list[Item]":
        """The items of an array, nothing of anything else."""
        return self.value if isinstance(self.value, list) else []


def read_document(text: str, file: str, findings: Findings) -> Item | None:
    """Parse TOML; None when it is none, which is then among the findings."""
    try:
        plain = tomllib.loads(text, parse_float=Number)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        what, line = _syntax_error(error)
        what, todo = _in_words(what, text, line)
        findings.add(code="plan.toml", what=what, todo=todo, file=file, line=line)
        return None
    return _Annotated(toml_lines(text), file).item(plain, (), "")


def merge(base: Item, overlay: Item, findings: Findings) -> Item:
    """Return a document with a partial one merged over it: a variant, or a plan that extends another.

    First `drop = [...]` removes from the plan, so that what is dropped can be given anew. Then tables merge key by key,
    `bonuses`, `caps` and `ranks` element by element (a cap without an id comes after the others), and anything else
    replaces. Variants of either stay out of it.
    """
    merged = {key: item for key, item in base.table.items() if key != "variants"}
    for name in overlay.table["drop"].array if "drop" in overlay.table else ():
        _drop(merged, name, findings)
    for key, item in overlay.table.items():
        if key in {"drop", "variants"}:
            continue
        old = merged.get(key)
        if old is None:
            merged[key] = _as_list(item) if key in BY_ID else item
        elif key in BY_ID:
            merged[key] = _merge_by_id(old, item, findings)
        else:
            merged[key] = _merge_tables(old, item, findings)
    return evolve(base, value=merged)


def paths(item: Item) -> Iterator[Item]:
    """Yield every item of the document."""
    waiting = [item]
    while waiting:
        item = waiting.pop()
        yield item
        waiting.extend(item.table.values())
        waiting.extend(item.array)


def id_of(item: Item) -> str | None:
    """Return an element's id, if it has one."""
    found = item.table.get("id")
    return found.value if found is not None and isinstance(found.value, str) else None


_QUOTED: Final = 'what is no number, date, true or false stands in quotation marks, formulas and "none" too'
"""What to do about the word in a list that TOML does not know."""


def _syntax_error(error: Exception) -> tuple[str, int | None]:
    """Take the line out of the parser's message: `Expected '=' ... (at line 3, column 7)`."""
    text = str(error)
    what, separator, position = text.rpartition(" (at ")
    if not separator:
        return text, None
    digits = position.removeprefix("line ").partition(",")[0]
    return what, int(digits) if digits.isdecimal() else None


def _in_words(said: str, text: str, line: int | None) -> tuple[str, str]:
    """What the parser said, and what to do; it names a table that is declared twice, and of a key not even that."""
    if said == "Cannot overwrite a value":
        return _key_again(text.splitlines(), line)
    if table := _TWICE.fullmatch(said):
        name = ".".join(part.strip("' ") for part in table["names"].split(",") if part.strip())
        return (
            f"the table [{name}] stands here a second time",
            "write its keys under one heading; in a list it is [[...]]",
        )
    return f"not TOML: {said}", _QUOTED if said == "Invalid value" else "mend the syntax"


def _key_again(lines: list[str], line: int | None) -> tuple[str, str]:
    """Name the key that stands twice, by the last line before the parser stopped on which a key or a table begins."""
    begun = [_BEGINS.match(text) for text in lines[: line or len(lines)]]
    last = next((found for found in reversed(begun) if found), None)
    if last is None or last["key"] is None:
        what = "a table stands here under a name that has a value already"
        return what, "rename one of them, or write the keys under one heading"
    keys = takewhile(lambda found: found is None or found["key"], reversed(begun[: begun.index(last)]))
    earlier = [found for found in keys if found and found["key"] == last["key"]]
    first = f", first in line {begun.index(earlier[0]) + 1}" if earlier else ""
    return f"the key {last['key']} stands here a second time{first}", "keep one of them"


@frozen
class _Annotated:
    """The values of one file as items."""

    lines: Mapping[Path, int]
    file: str

    def item(self, value: Any, where: Path, path: str) -> Item:
        """A value with everything in it."""
        if isinstance(value, dict):
            value = {key: self.item(part, (*where, key), _joined(path, key)) for key, part in value.items()}
        elif isinstance(value, list):
            value = [self.item(part, (*where, index), _element(path, part, index)) for index, part in enumerate(value)]
        return Item(value, self.lines.get(where), path, self.file)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _element(path: str, item: Any, index: int) -> str:
    named = isinstance(item, dict) and isinstance(item.get("id"), str)
    return f"{path}.{item['id']}" if named else f"{path}[{index}]"


def _merge_tables(old: Item, new: Item, findings: Findings) -> Item:
    """Merge one table over another, key by key and all the way down; a list `drop` removes keys of the old one."""
    if not isinstance(old.value, dict) or not isinstance(new.value, dict):
        return new
    merged = dict(old.table)
    dropped = new.table.get("drop")
    for name in dropped.array if dropped is not None else ():
        if merged.pop(str(name.value), None) is None:
            _nothing_to_drop(name, f"{old.path} has no {name.value!r}", "drop names a key of this table", findings)
    for key, item in new.table.items():
        if key != "drop" or not isinstance(item.value, list):
            merged[key] = _merge_tables(merged[key], item, findings) if key in merged else item
    return evolve(old, value=merged)


def _merge_by_id(old: Item, new: Item, findings: Findings) -> Item:
    """Merge bonuses or ranks; one whose id is new comes after the others."""
    if not isinstance(old.value, list):
        return old  # which is then refused
    merged = list(old.array)
    place = {id_of(item): index for index, item in enumerate(merged)}
    for item in _as_list(new).array:
        name = id_of(item)
        if name is not None and name in place:
            merged[place[name]] = _merge_tables(merged[place[name]], item, findings)
        else:
            merged.append(item)
    return evolve(old, value=merged)


def _as_list(given: Item) -> Item:
    """Bonuses or ranks of a partial document, which may be a table by id, as the list that a plan has."""
    if not isinstance(given.value, dict):
        return given
    return evolve(given, value=[_with_id(name, item) for name, item in given.table.items()])


def _with_id(name: str, item: Item) -> Item:
    own = Item(name, item.line, f"{item.path}.id", item.file)
    return evolve(item, value={"id": own, **item.table}) if isinstance(item.value, dict) else item


def _drop(merged: dict[str, Item], name: Item, findings: Findings) -> None:
    """Remove a bonus, a cap, a rank, a named entry of a section, or all caps."""
    found = False
    for key, item in merged.items():
        if key in BY_ID and any(id_of(element) == name.value for element in item.array):
            found = True
            merged[key] = evolve(item, value=[part for part in item.array if id_of(part) != name.value])
        elif key not in BY_ID and key != "plan" and name.value in item.table:
            found = True
            merged[key] = evolve(item, value={k: v for k, v in item.table.items() if k != name.value})
    if name.value == "caps" and "caps" in merged:
        found = True
        del merged["caps"]
    if not found:
        todo = 'drop names a bonus, a cap, a rank or an entry of a section, or "caps"'
        _nothing_to_drop(name, f"nothing is called {name.value!r}", todo, findings)


def _nothing_to_drop(name: Item, what: str, todo: str, findings: Findings) -> None:
    findings.add(code="plan.variant", what=what, todo=todo, file=name.file, line=name.line, path=name.path)


def exact(item: Item) -> Decimal | None:
    """Return a number exactly as it was written, None when it is none."""
    if isinstance(item.value, bool):
        return None
    if isinstance(item.value, Number):
        whole, point, places = item.value.removeprefix("-").partition(".")
        plain = whole.isascii() and whole.isdigit() and (not point or (places.isascii() and places.isdigit()))
        return Decimal(str(item.value)) if plain else None
    return Decimal(item.value) if isinstance(item.value, int) else None
