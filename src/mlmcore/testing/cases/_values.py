"""Texts of a case to exact values, by the kind that the plan says; what does not fit is found where it stands."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import frozen

from mlmcore.compensation._checks import (
    carried_columns,
    carried_figures,
    published_columns,
    published_figures,
)
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.types import RANK, Type, number
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.decimals import parse_decimal
from mlmcore.domain.errors import InputError, nearest
from mlmcore.files._fields import read_value
from mlmcore.testing.cases._document import Source
from mlmcore.testing.cases.case import Value

__all__ = ["NONE", "Names", "column_of", "named", "read_decimal", "read_expected", "read_typed"]

NONE: Final = "none"
"""How a case writes that there is no value."""
_MONEY: Final = number("money")


@frozen(kw_only=True)
class Names:
    """What can be given to a person of a plan, and what can be expected of one, each with its type.

    Attributes:
        given: Measures, and `rank`.
        carried: What a previous period hands on, `rank.best` among it.
        expected: Everything that a run says about a person.
        brought: Figures that a previous period hands on, such as what a fund holds.
        figures: Everything that a run says about itself as a whole.
    """

    given: Mapping[str, Type]
    carried: Mapping[str, Type]
    expected: Mapping[str, Type]
    brought: Mapping[str, Type]
    figures: Mapping[str, Type]

    @classmethod
    def of(cls, plan: Plan) -> "Names":
        """The names of a checked plan."""
        measures = {name: expression.type for name, expression in plan.measures.items()}
        ranks = {name: RANK for name in ("rank", "rank.now", "rank.best") if plan.ranks}
        carried = {name: carry.value.type for name, carry in plan.carry.items()}
        published: dict[str, Type] = {}
        figures: dict[str, Type] = {}
        brought: dict[str, Type] = {}
        for bonus in plan.bonuses:
            published.update(_typed(published_columns(bonus, plan)))
            carried.update(_typed(carried_columns(bonus, plan)))
            figures.update(_typed(published_figures(bonus, plan)))
            brought.update(_typed(carried_figures(bonus, plan)))
        given = {name: kind for name, kind in measures.items() if kind.kind not in {"person", "rank"}}
        return cls(
            given={**given, **({"rank": RANK} if plan.ranks else {})},
            carried={**carried, **({"rank.best": RANK} if plan.ranks else {})},
            expected={
                **measures,
                **ranks,
                **published,
                **{f"carry.{name}": carry.value.type for name, carry in plan.carry.items()},
                **{bonus.id: _MONEY for bonus in plan.bonuses},
                "total": _MONEY,
            },
            brought=brought,
            figures={**figures, **{f"carry.{name}": kind for name, kind in brought.items()}},
        )


def named(word: str, lines: Mapping[str, int]) -> dict[str, int]:
    """Lines by the two ways in which findings of a run name something: `person ann` and `person 'ann'`."""
    return {f"{word} {shown}": line for name, line in lines.items() for shown in (name, repr(name))}


def _typed(columns: Mapping[str, Type | None]) -> dict[str, Type]:
    return {name: kind for name, kind in columns.items() if kind is not None}


def read_typed(text: str, kind: Type, plan: Plan, source: Source, line: int, path: str) -> Value:
    """The value that a text says; where it says another kind of thing, that is found.

    Args:
        text: As written; `none` is no value where the type has room for that.
        kind: What is expected. Of a number its places are the most that are allowed.
        plan: Whose ranks are meant.
        source: Takes what is wrong.
        line: Where it stands.
        path: What it is.
    """
    if text == NONE and kind.optional:
        return None
    if kind.kind == "rank":
        if text not in plan.rank_ids:
            source.wrong_at(line, path, f"{text!r} is no rank of the plan", nearest(text, [*plan.rank_ids, NONE]))
        return text
    try:
        value: Value = read_value(text, InputColumn(kind=kind.kind, unit=kind.unit, places=kind.places))
    except InputError as error:
        found = error.findings[0]
        source.wrong_at(line, path, found.what, found.todo)
        return None
    return value


def read_expected(text: str, kind: Type, plan: Plan, source: Source, line: int, path: str) -> Value:
    """As `read_typed`, of what is compared and stored nowhere: a number of any places, a person by id."""
    if kind.kind == "person":
        return None if text == NONE else text
    if kind.kind != "number" or (text == NONE and kind.optional):
        return read_typed(text, kind, plan, source, line, path)
    return read_decimal(text, source, line, path)


def read_decimal(text: str, source: Source, line: int, path: str) -> Decimal | None:
    """The decimal that a text spells, of any places; what spells none is found."""
    try:
        return parse_decimal(text)
    except InputError as error:
        source.wrong_at(line, path, error.findings[0].what, error.findings[0].todo)
        return None


def column_of(values: list[Value], kind: Type) -> Column:
    """A column of values that `read_typed` has read; ranks as texts."""
    match kind.kind:
        case "number":
            return Column.numbers(values, unit=kind.unit, places=kind.places)  # type: ignore[arg-type]  # read so
        case "boolean":
            return Column.booleans(bool(value) for value in values)
        case "date":
            return Column.dates(values)  # type: ignore[arg-type]  # read so
        case _:
            return Column.texts(values)  # type: ignore[arg-type]  # read so
