"""What a case expects of a period: values of people, totals, accounts, and lines of the three kinds."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from mlmcore.compensation.expressions.types import TEXT, Type, number
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import nearest
from mlmcore.testing.cases._document import Node, Source
from mlmcore.testing.cases._people import known_person
from mlmcore.testing.cases._roll import Roll
from mlmcore.testing.cases._values import Names, read_decimal, read_expected
from mlmcore.testing.cases.case import Expected, ExpectedLine, ExpectedTotal, ExpectedValue, Value

__all__ = ["EXPECTATIONS", "read_expectations"]

LineKind = Literal["lines", "unpaid", "missed"]

EXPECTATIONS: Final = ("expect", "totals", "accounts", "figures", *get_args(LineKind))
"""The keys of a case, or of a period of it, that say what must come out."""
_NUMBER: Final = number("money")
_FIELDS: Final[Mapping[str, Type]] = {
    **dict.fromkeys(("person", "bonus", "order", "source"), TEXT.as_optional()),
    "level": number(optional=True),
    "base": _NUMBER,
    "rate": number(optional=True),
    "amount": _NUMBER,
}


def read_expectations(
    entries: Mapping[str, Node], people: Roll | None, plan: Plan, names: Names, source: Source
) -> Expected:
    """Everything that a case, or a period of it, expects."""
    bonuses = [bonus.id for bonus in plan.bonuses]
    lines: dict[LineKind, tuple[ExpectedLine, ...]] = {}
    for kind in get_args(LineKind):
        if kind in entries:
            items = source.many(entries[kind])
            lines[kind] = tuple(line for item in items for line in _line(item, kind, people, plan, source))
    return Expected(
        values=_values(entries.get("expect"), people, plan, names, source),
        totals=_totals(entries.get("totals"), [*bonuses, "total"], source),
        accounts=_totals(entries.get("accounts"), plan.accounts, source),
        figures=_totals(entries.get("figures"), list(names.figures), source),
        lines=lines,
    )


def _values(
    node: Node | None, people: Roll | None, plan: Plan, names: Names, source: Source
) -> tuple[ExpectedValue, ...]:
    section = source.keyed(node)
    found = []
    for written, values in section.entries.items() if section is not None else ():
        person = known_person(written, people, values, source)
        entry = source.keyed(values, names.expected)
        for name, one in entry.entries.items() if entry is not None else ():
            text = source.text(one) if name in names.expected else None
            if person is not None and text is not None:
                value = read_expected(text, names.expected[name], plan, source, one.line, one.path)
                found.append(ExpectedValue(line=one.line, person=person, name=name, value=value))
    return tuple(found)


def _totals(node: Node | None, known: tuple[str, ...] | list[str], source: Source) -> tuple[ExpectedTotal, ...]:
    section = source.keyed(node, known)
    found = []
    for name, one in section.entries.items() if section is not None else ():
        text = source.text(one) if name in known else None
        amount = None if text is None else read_decimal(text, source, one.line, one.path)
        if amount is not None:
            found.append(ExpectedTotal(line=one.line, name=name, amount=amount))
    return tuple(found)


def _line(item: Node, kind: LineKind, people: Roll | None, plan: Plan, source: Source) -> list[ExpectedLine]:
    reason = {} if kind == "lines" else {"reason": TEXT}
    fields = {**_FIELDS, **reason}
    entry = source.keyed(item, fields)
    if entry is None:
        return []
    if not entry.entries:
        source.wrong(item, "says nothing", f"write some of {', '.join(fields)}")
    said: dict[str, Value] = {}
    for name, one in entry.entries.items():
        text = source.text(one) if name in fields else None
        if text is None:
            continue
        value = read_expected(text, fields[name], plan, source, one.line, one.path)
        said[name] = _known(name, value, one, people, plan, source)
    return [ExpectedLine(line=item.line, fields=said)]


def _known(name: str, value: Value, node: Node, people: Roll | None, plan: Plan, source: Source) -> Value:
    """The value of a field that names somebody or something, which must be there."""
    if value is None:
        return None
    choices = {"bonus": [bonus.id for bonus in plan.bonuses], "reason": [one.label for one in Reason]}
    if name in choices and value not in choices[name]:
        source.wrong(node, f"there is no {name} {value!r}", nearest(str(value), choices[name]))
    if name in {"person", "source"}:
        return known_person(str(value), people, node, source)
    return value
