"""A TOML document in which every value knows its line and path, and variants merged over it.

Nothing here knows what a key means, except that the elements of `bonuses` and `ranks` are told apart by their `id`.
"""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, frozen

from mlmcore.compensation.toml_lines import Path, toml_lines
from mlmcore.domain.errors import Findings

BY_ID: Final = ("bonuses", "ranks")
"""Lists whose elements a variant merges by their id."""


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
    """

    value: Any
    line: int | None
    path: str

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
        findings.add(code="plan.toml", what=f"not TOML: {what}", todo="mend the syntax", file=file, line=line)
        return None
    return _annotate(plain, (), "", toml_lines(text))


def merge(base: Item, overlay: Item, file: str, findings: Findings) -> Item:
    """Return a document with a variant merged over it.

    Tables merge key by key, `bonuses` and `ranks` element by element, `drop = [...]` removes; anything else
    replaces.
    """
    merged = dict(base.table)
    for key, item in overlay.table.items():
        if key == "drop":
            continue
        old = merged.get(key)
        if key in BY_ID and old is not None and not base.path:
            merged[key] = _merge_by_id(old, item, file, findings)
        elif old is not None and isinstance(old.value, dict) and isinstance(item.value, dict):
            merged[key] = merge(old, item, file, findings)
        else:
            merged[key] = item
    for name in overlay.table["drop"].array if "drop" in overlay.table else ():
        _drop(merged, name, file, findings)
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


def _syntax_error(error: Exception) -> tuple[str, int | None]:
    """Take the line out of the parser's message: `Expected '=' ... (at line 3, column 7)`."""
    text = str(error)
    what, separator, position = text.rpartition(" (at ")
    if not separator:
        return text, None
    digits = position.removeprefix("line ").partition(",")[0]
    return what, int(digits) if digits.isdecimal() else None


def _annotate(value: Any, where: Path, path: str, lines: Any) -> Item:
    line = lines.get(where)
    if isinstance(value, dict):
        items = {key: _annotate(item, (*where, key), _joined(path, key), lines) for key, item in value.items()}
        return Item(items, line, path)
    if isinstance(value, list):
        elements = [
            _annotate(item, (*where, index), _element(path, item, index), lines) for index, item in enumerate(value)
        ]
        return Item(elements, line, path)
    return Item(value, line, path)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _element(path: str, item: Any, index: int) -> str:
    named = isinstance(item, dict) and isinstance(item.get("id"), str)
    return f"{path}.{item['id']}" if named else f"{path}[{index}]"


def _merge_by_id(old: Item, new: Item, file: str, findings: Findings) -> Item:
    """Merge bonuses or ranks, which the variant gives as a list with ids or as a table by id."""
    merged = list(old.array)
    place = {id_of(item): index for index, item in enumerate(merged)}
    given = new.table.items() if new.table else [(id_of(item), item) for item in new.array]
    for name, item in given:
        if name in place:
            merged[place[name]] = merge(merged[place[name]], item, file, findings)
        elif new.table:
            merged.append(evolve(item, value={"id": Item(name, item.line, f"{item.path}.id"), **item.table}))
        else:
            merged.append(item)
    return evolve(old, value=merged)


def _drop(merged: dict[str, Item], name: Item, file: str, findings: Findings) -> None:
    """Remove a bonus, a rank or a named entry of a section."""
    found = False
    for key, item in merged.items():
        if key in BY_ID and any(id_of(element) == name.value for element in item.array):
            found = True
            merged[key] = evolve(item, value=[part for part in item.array if id_of(part) != name.value])
        elif key not in BY_ID and key not in {"plan", "variants"} and name.value in item.table:
            found = True
            merged[key] = evolve(item, value={k: v for k, v in item.table.items() if k != name.value})
    if not found:
        findings.add(
            code="plan.variant",
            what=f"nothing is called {name.value!r}",
            todo="drop names a bonus, a rank or an entry of a section",
            file=file,
            line=name.line,
            path=name.path,
        )


def exact(item: Item) -> Decimal | None:
    """Return a number exactly as it was written, None when it is none."""
    if isinstance(item.value, bool):
        return None
    if isinstance(item.value, Number):
        whole, point, places = item.value.removeprefix("-").partition(".")
        plain = whole.isascii() and whole.isdigit() and (not point or (places.isascii() and places.isdigit()))
        return Decimal(str(item.value)) if plain else None
    return Decimal(item.value) if isinstance(item.value, int) else None
