"""What a bonus may read with `as_of = "event"`: only what can be known just before each order or event."""

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import fields

from mlmcore.compensation._just_before import ranks_are_given, unknown_before
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Node
from mlmcore.compensation.plan import AnyBonus, Plan
from mlmcore.compensation.steps import expressions_in

__all__ = ["check_as_of"]

_OF_THE_PERIOD: Final = frozenset({"when", "minimum", "point_value", "deferred_until", "deferred_expires"})
"""Keys that are about the period or the payee's sum, and are read at its end either way."""
_BY_RANK: Final = ("rates_by_rank", "rate_by_rank")
_TODO: Final = "read a person's own orders, events, attributes and previous state, or leave out as_of"


def check_as_of(bonus: AnyBonus, plan: Plan, typed: Mapping[str, Expression], sheet: Sheet) -> None:
    """Report what `as_of = "event"` reads and what can't be known just before an order or event.

    Args:
        bonus: The bonus, typed.
        plan: The plan that it stands in.
        typed: The plan's measures and order columns, as far as they are typed.
        sheet: Takes what is wrong.
    """
    if bonus.as_of is None:
        return
    if bonus.dated is None:
        sheet.wrong(bonus.place_of("as_of"), "means nothing without orders or events", "leave it out")
        return
    by_rank = any(getattr(bonus, key, None) is not None for key in _BY_RANK)
    if by_rank and not ranks_are_given(plan):
        what = "ranks are the period's, and not known just before each order or event"
        sheet.wrong(bonus.place_of("rates"), what, "write one list of rates, or leave out as_of")
    for key, node in _read(bonus):
        problem = unknown_before(node, plan, typed)
        if problem:
            sheet.wrong(bonus.place_of(key), f"it is taken just before each order or event, and {problem}", _TODO)


def _read(bonus: AnyBonus) -> Iterator[tuple[str, Node]]:
    """Yield the checked expressions of a bonus with the key under which each stands."""
    for attribute in fields(type(bonus)):
        if attribute.name not in _OF_THE_PERIOD:
            for part in expressions_in(getattr(bonus, attribute.name)):
                if part.checked is not None:
                    yield "rates" if attribute.name in _BY_RANK else attribute.name, part.checked
