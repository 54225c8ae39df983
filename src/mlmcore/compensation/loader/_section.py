"""Read one table of the document: each key once, with its kind, and everything that is left is unknown.

A `Section` never raises: what is wrong goes to the findings, and a harmless stand-in is returned so that reading
goes on and everything is reported at once.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.loader._document import Item, Number, exact
from mlmcore.compensation.nearest import nearest
from mlmcore.domain.decimals import parse_decimal, places_of
from mlmcore.domain.errors import Findings


class Section:
    """One table of the document, being read.

    Attributes:
        item: The table.
        file: The file's name.
        findings: Where what is wrong goes.
    """

    def __init__(self, item: Item, file: str, findings: Findings) -> None:
        self.item = item
        self.file = file
        self.findings = findings
        self._known: set[str] = set()
        if not isinstance(item.value, dict):
            self.wrong(item, f"{_shown(item.value)} where a table was expected")

    def wrong(self, item: Item, what: str, todo: str = "", code: str = "plan.value") -> None:
        """Note what is wrong with a value."""
        self.findings.add(code=code, what=what, todo=todo, file=item.file or self.file, line=item.line, path=item.path)

    def place(self, item: Item | None = None) -> Place:
        """Return where a value stands, or this table."""
        item = item or self.item
        return Place(file=item.file or self.file, line=item.line, path=item.path)

    def places(self) -> dict[str, Place]:
        """Return where each key stands."""
        return {key: self.place(item) for key, item in self.item.table.items()}

    def take(self, key: str) -> Item | None:
        """Return a value and remember that its key is known."""
        self._known.add(key)
        return self.item.table.get(key)

    def need(self, key: str, explanation: str) -> Item | None:
        """As `take`; a key that is missing is a finding that explains the choice."""
        item = self.take(key)
        if item is None:
            path = f"{self.item.path}.{key}" if self.item.path else key
            self.findings.add(
                code="plan.missing",
                what="is missing",
                todo=explanation,
                file=self.item.file or self.file,
                line=self.item.line,
                path=path,
            )
        return item

    def section(self, key: str) -> "Section | None":
        """Return a table inside this one."""
        item = self.take(key)
        return None if item is None else self.inside(item)

    def inside(self, item: Item) -> "Section":
        """Return a value of this table as a table of its own."""
        return Section(item, self.file, self.findings)

    def entries(self, key: str) -> dict[str, Item]:
        """Return the items of a table inside this one."""
        section = self.section(key)
        return section.item.table if section is not None else {}

    def text(self, item: Item | None, default: str = "") -> str:
        """Return a text."""
        if item is None:
            return default
        if isinstance(item.value, Number) or not isinstance(item.value, str):
            self.wrong(item, f"{_shown(item.value)} where a text was expected", "put it in quotation marks")
            return default
        if not item.value.strip():
            self.wrong(item, "an empty text", "write what is meant, or leave the key out")
            return default
        return item.value

    def texts(self, item: Item | None, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        if item is None:
            return default
        if not isinstance(item.value, list):
            self.wrong(item, f"{_shown(item.value)} where a list of texts was expected", "write [...]")
            return default
        return tuple(self.text(part) for part in item.array)

    def choice(self, item: Item | None, choices: Mapping[str, str], default: str | None = None) -> Any:
        """Return one of some words; `choices` maps each to what it means."""
        if item is None:
            return default
        if isinstance(item.value, str) and item.value in choices:
            return item.value
        self.wrong(item, f"{_shown(item.value)} is none of the choices", explained(choices))
        return default if default is not None else next(iter(choices))

    def flag(self, item: Item | None, *, default: bool) -> bool:
        """Return true or false."""
        if item is None:
            return default
        if not isinstance(item.value, bool):
            self.wrong(
                item, f"{_shown(item.value)} where true or false was expected", "write it without quotation marks"
            )
            return default
        return item.value

    def whole(self, item: Item | None, default: int, least: int, most: int) -> int:
        """Return a whole number between two bounds."""
        if item is None:
            return default
        if isinstance(item.value, bool) or not isinstance(item.value, int) or not least <= item.value <= most:
            self.wrong(item, f"{_shown(item.value)} is no whole number from {least} to {most}")
            return default
        return item.value

    def decimal(self, item: Item, default: Decimal = Decimal(0)) -> Decimal:
        """Return a number, exactly as it was written."""
        found = exact(item)
        if found is None:
            self.wrong(item, *_not_a_decimal(item))
            return default
        if len(found.as_tuple().digits) > 18 or places_of(found) > 12:
            self.wrong(item, f"{item.value} doesn't fit", "at most 18 digits, of them 12 after the point")
            return default
        return found

    def day(self, item: Item | None) -> date:
        """Return a date."""
        if item is not None and isinstance(item.value, date) and not isinstance(item.value, datetime):
            return item.value
        if item is not None:
            self.wrong(item, f"{_shown(item.value)} is no date", "write it without quotation marks: 2026-03-01")
        return date(2000, 1, 1)

    def expression(self, item: Item | None) -> Expression | None:
        """Return an expression: a text is a formula, a number or boolean is itself."""
        if item is None:
            return None
        value = item.value
        if isinstance(value, str) and not isinstance(value, Number):
            return Expression(text=value, place=self.place(item))
        if isinstance(value, (bool, date)) and not isinstance(value, datetime):
            return Expression(text=Expression.of(value).text, place=self.place(item))
        if isinstance(value, (int, Number)):
            return Expression(text=f"{self.decimal(item):f}", place=self.place(item))
        self.wrong(item, f"{_shown(value)} where a formula was expected", 'write a number or a text: "personal >= 100"')
        return Expression(text="0", place=self.place(item))

    def close(self) -> None:
        """Refuse every key that nobody asked for."""
        for key, item in self.item.table.items():
            if key not in self._known:
                self.wrong(item, "unknown key", nearest(key, self._known), code="plan.unknown-key")


def _shown(value: Any) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return repr(value) if isinstance(value, str) else str(value)


def _not_a_decimal(item: Item) -> tuple[str, str]:
    if isinstance(item.value, Number):
        try:
            parse_decimal(str(item.value))
        except ValueError as error:
            what, _, todo = str(error).partition("; ")
            return what, todo
    return f"{_shown(item.value)} where a number was expected", "write digits with at most one point"
