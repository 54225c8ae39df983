"""From what a bonus pays: the orders or people it starts from, whose each is, and how much money it is worth."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._just_before import typed_columns, unknown_before
from mlmcore.compensation._pairs import asks_whoever_is_reached
from mlmcore.compensation.bonuses._found import exact_product
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Ordinal, walk
from mlmcore.compensation.frames import RowsFrame, Sheet, Starts, run_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.moments import measure_before
from mlmcore.compensation.plan import AmountBonus, AnyBonus, DifferentialBonus, LevelsBonus, SourceBonus
from mlmcore.compensation.steps import expressions_of
from mlmcore.domain.errors import Findings

__all__ = [
    "Sources",
    "bases",
    "budgets",
    "in_money",
    "money",
    "no_sources",
    "original_sources",
    "pairs",
    "paying",
    "reason_of",
    "refund_sources",
    "refuse_elsewhere",
    "source_of",
    "sources_of",
    "upline_of",
]

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@frozen(kw_only=True, eq=False)
class Sources:
    """Where a bonus starts, a row each.

    Attributes:
        order: int32[m]: the order or event, -1 for none.
        person: int32[m]: the person from whom it starts: seller, buyer, or the person itself.
        below: bool[m]: it starts below that person, who is then level 1.
        indices: What each subject of the language means in each row.
        of: What `order` counts: `orders` or `events.NAME`.
        moment: int64[m]: just before which place columns are taken, with `as_of = "event"`; otherwise None.
        starts: Finds all rows from which the bonus starts in the span, where it asks for a `position`.
    """

    order: Ints
    person: Ints
    below: Bools
    indices: dict[str, Ints]
    of: str = "orders"
    moment: NDArray[np.int64] | None = None
    starts: Callable[[], Starts] | None = None

    @property
    def start(self) -> Ints:
        """int32[m]: level 0 of each walk."""
        return self.person

    def __len__(self) -> int:
        return len(self.person)

    def frame(self, sheet: Sheet) -> RowsFrame:
        """The rows as a frame."""
        return RowsFrame(
            sheet=sheet, size=len(self), indices=self.indices, of=self.of, moment=self.moment, starts=self.starts
        )

    def some(self, rows: NDArray[np.generic]) -> "Sources":
        """Some of the rows: a mask, or positions."""
        if rows.dtype == np.bool_:
            if rows.all():
                return self
            rows = np.flatnonzero(rows)  # once, instead of once for every column
        columns = (self.order, self.person, *self.indices.values())
        taken = {key: column[rows] for key, column in {id(column): column for column in columns}.items()}  # each once
        return Sources(
            order=taken[id(self.order)],
            person=taken[id(self.person)],
            below=self.below[rows],
            indices={name: taken[id(index)] for name, index in self.indices.items()},
            of=self.of,
            moment=None if self.moment is None else self.moment[rows],
            starts=self.starts,
        )


def pairs(
    sheet: Sheet,
    sources: Sources,
    rows: NDArray[Any],
    person: Ints,
    level: NDArray[Any],
    *,
    child: Ints | None = None,
    payee: Ints | None = None,
) -> RowsFrame:
    """A frame of the pairs of a walk: the sources at `rows`, the person reached as `self`, and the level.

    Args:
        sheet: What the run knows.
        sources: Where the walks start.
        rows: The source of each pair.
        person: Who is reached, or asked.
        level: The level about to be paid.
        child: Who stands directly below the payee on the path, -1 for nobody; left out where nothing asks it.
        payee: Whose level is asked, where that is another than the person.
    """
    indices = {name: index[rows] for name, index in sources.indices.items()}
    indices |= {"self": person, "payee": person if payee is None else payee}
    indices |= {} if child is None else {"child": child}
    level = level.astype(np.int32)
    whole = evolve(sources.frame(sheet), level=None)
    moment = None if sources.moment is None else sources.moment[rows]
    return evolve(whole, size=len(person), indices=indices, level=level, moment=moment)


def upline_of(sheet: Sheet, tree: str) -> Ints:
    """int32[n]: the person above each in a tree, -1 for none."""
    network = sheet.rows.network
    nodes, persons = network.node_of_person[tree], network.person_of_node[tree]
    parent = network.tree(tree).parent
    if nodes is None or persons is None:
        return parent
    with_nobody = np.concatenate([persons, [-1]]).astype(np.int32)
    return with_nobody[parent[nodes]]


def budgets(sheet: Sheet, bonus: LevelsBonus, sources: Sources) -> Column:
    """The fixed sum of each source, in money."""
    assert bonus.budget is not None  # noqa: S101  (asked where there is one)
    return money(sheet, bonus, bonus.budget, sources.frame(sheet))


def bases(sheet: Sheet, bonus: SourceBonus, sources: Sources, rows: NDArray[Any], frame: RowsFrame) -> Column:
    """What the rate of each line is taken of, in money; of what is left of a budget, which has no level, the budget.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: Where it starts.
        rows: From which source each line comes.
        frame: The lines as pairs, of which an amount by level may read the person and the level.
    """
    if not isinstance(bonus, LevelsBonus) or bonus.budget is None:
        return _bases(sheet, bonus, sources, rows, frame)
    base, budget = _bases(sheet, bonus, sources, rows, frame), budgets(sheet, bonus, sources).take(rows)
    places = max(base.places, budget.places)
    assert frame.level is not None  # noqa: S101  (a walk's pairs have levels)
    both = base.at_places(places), budget.at_places(places)
    return Column.scaled(np.where(frame.level < 0, both[1].values, both[0].values), places, unit="money")


def _bases(sheet: Sheet, bonus: SourceBonus, sources: Sources, rows: NDArray[Any], frame: RowsFrame) -> Column:
    if isinstance(bonus, AmountBonus):
        payee = frame.indices["payee"]
        assert payee is not None  # noqa: S101  (pairs have payees)
        return money(sheet, bonus, bonus.amount, paying(sources.frame(sheet).some(rows), payee))
    if bonus.cascades:  # filled in later, from the leaves up
        assert bonus.base is not None  # noqa: S101  (a cascade has one)
        nothing = Column.scaled(np.zeros(frame.size, np.int64), bonus.base.type.places, unit=bonus.base.type.unit)
        return in_money(sheet, bonus, nothing)
    if isinstance(bonus, DifferentialBonus) or bonus.amounts is None:
        assert bonus.base is not None  # noqa: S101  (the loader requires one of the two)
        return money(sheet, bonus, bonus.base, sources.frame(sheet)).take(rows)
    places = max(amount.type.places for amount in bonus.amounts)
    places += 0 if bonus.point_value is None else bonus.point_value.type.places
    values = np.zeros(frame.size, dtype=np.int64)
    assert frame.level is not None  # noqa: S101  (a walk's pairs have levels)
    for position, amount in enumerate(bonus.amounts):
        here = frame.level == bonus.first_level + position
        if asks_whoever_is_reached(amount.node):  # above the root it is nothing
            here = here & (frame.persons("self") >= 0)
        there = np.flatnonzero(here)
        values[there] = money(sheet, bonus, amount, frame.some(there)).at_places(places).values
    return Column.scaled(values, places, unit="money")


def paying(frame: RowsFrame, payee: NDArray[Any]) -> RowsFrame:
    """Rows of an amount whose payee is known; an account is nobody who has columns."""
    return evolve(frame, indices={**frame.indices, "payee": np.maximum(payee, -1).astype(np.int32)})


def money(sheet: Sheet, bonus: AnyBonus, expression: Expression, frame: RowsFrame) -> Column:
    """An expression's value in each row, in money: points at the bonus's point value."""
    return in_money(sheet, bonus, evaluate(expression.node, frame))


def in_money(sheet: Sheet, bonus: AnyBonus, column: Column) -> Column:
    """A column of money or points in money: points at the bonus's point value."""
    if bonus.point_value is None or column.unit != "points":
        return column
    value = evaluate(bonus.point_value.node, run_frame(sheet))
    places = column.places + value.places
    return Column.scaled(exact_product(column.values, value.values[0]), places, unit="money")


def sources_of(sheet: Sheet, bonus: SourceBonus) -> Sources:
    """The rows of a bonus in the sheet's window, those left out for which `where` is false.

    Under `refunds = "original"` a refund is no source: it takes back what its original paid.
    """
    found = _people(sheet) if bonus.dated is None else _rows(sheet, bonus)
    if not isinstance(bonus, AmountBonus) and bonus.earnings is not None:
        if bonus.cascades:  # who brings something, and for whom `where` holds, is known from the leaves up
            return found
        found = found.some(sheet.person[f"{bonus.id}.earnings"].values != 0)
    if bonus.source == "orders" and sheet.plan.refunds == "original":
        found = found.some(sheet.rows.orders.refund_of[found.order] < 0)
    if bonus.where is not None:
        found = found.some(evaluate(bonus.where.node, found.frame(sheet)).values)
    if isinstance(bonus, AmountBonus) or bonus.base is None or getattr(bonus, "budget", None) is not None:
        return found
    # A rate of nothing makes no line, however far it would walk.
    return found.some(evaluate(bonus.base.node, found.frame(sheet)).values != 0)


def no_sources(sheet: Sheet, bonus: SourceBonus) -> Sources:
    """No rows, of a bonus that pays nothing at the moment."""
    return _rows(sheet, bonus).some(np.zeros(0, dtype=np.intp))


def refund_sources(sheet: Sheet, bonus: SourceBonus) -> Sources:
    """The refunds in the sheet's window, whatever `where` says: what they take back was decided by their originals."""
    found = _rows(sheet, bonus)
    return found.some(sheet.rows.orders.refund_of[found.order] >= 0)


def original_sources(sheet: Sheet, bonus: SourceBonus, refunds: Sources) -> Sources:
    """The orders that refunds give back, row by row; they have the same seller and buyer, and stand anywhere."""
    found = _orders(sheet, bonus, sheet.rows.orders.refund_of[refunds.order])
    return evolve(found, starts=refunds.starts)


def _asks_ordinals(bonus: SourceBonus) -> bool:
    nodes = (one.checked for one in expressions_of(bonus) if one.checked is not None)
    return any(isinstance(part, Ordinal) for node in nodes for part in walk(node))


def refuse_elsewhere(sheet: Sheet, bonus: SourceBonus, refunds: Ints) -> None:
    """What was known just before an order, and which one it was, is only known in the span in which it was paid.

    Args:
        sheet: What the run knows.
        bonus: The bonus, whose formula is to be asked of refunds as it was of their orders.
        refunds: These refunds, by index.

    Raises:
        InputError: It asks that, and an order was paid in another span.
    """
    if bonus.as_of is None and not _asks_ordinals(bonus):
        return
    orders, window, findings = sheet.rows.orders, sheet.window, Findings()
    for order in refunds.tolist():
        original = int(orders.refund_of[order])
        if not window.start <= original < window.stop:
            what = f"{bonus.id} asks what was known just before its original {orders.ids.label(original)}, "
            what += "which was paid in another period"
            todo = 'write refunds = "current" in the plan, or take the refund back by an adjustment'
            findings.add(code="inputs.refund", what=what, todo=todo, path=f"order {orders.ids.label(order)}")
    findings.raise_if_any()


def source_of(sheet: Sheet, bonus: SourceBonus, order: int, person: int) -> Sources:
    """The one row of a bonus that starts from an order, or from a person where there is none, whatever `where` says."""
    if order < 0:
        return _people(sheet).some(np.array([person]))
    found = _dated(sheet, bonus, np.array([order], dtype=np.int32))
    return _with_starts(sheet, bonus, found, _in_span(sheet, bonus)) if _asks_ordinals(bonus) else found


def reason_of(sheet: Sheet, persons: Ints, moment: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """Why somebody who does not qualify is not paid: inactive, where the plan's active measure is false.

    Args:
        sheet: What the run knows.
        persons: Who does not qualify.
        moment: Just before which place of `Arranged.places` each was asked; None for the period. Where the active
            measure cannot be known then, that of the period speaks.
    """
    plan = sheet.plan
    if plan.active is None:
        return np.full(len(persons), Reason.NOT_QUALIFIED, dtype=np.uint8)
    active = sheet.person[plan.active].values
    active = active if sheet.are_all(persons) else active[persons]
    if moment is not None and not unknown_before(plan.measures[plan.active].node, plan, typed_columns(plan)):
        asked = RowsFrame(sheet=sheet, size=len(persons), indices={"self": persons}, moment=moment)
        active = measure_before(asked, plan.active).values
    return np.where(active, Reason.NOT_QUALIFIED, Reason.INACTIVE).astype(np.uint8)


def _people(sheet: Sheet) -> Sources:
    everybody = sheet.everybody
    return Sources(
        order=np.full(sheet.size, -1, dtype=np.int32),
        person=everybody,
        below=np.zeros(sheet.size, dtype=np.bool_),
        indices={"self": everybody, "source": everybody},
    )


def _rows(sheet: Sheet, bonus: SourceBonus) -> Sources:
    """The orders or events of the sheet's span."""
    found = _in_span(sheet, bonus)
    return _with_starts(sheet, bonus, found, found)


def _in_span(sheet: Sheet, bonus: SourceBonus) -> Sources:
    window = sheet.rows.within(sheet.span, bonus.dated or "orders")
    if bonus.dated == "orders":
        return _orders(sheet, bonus, sheet.orders_within(window))
    return _events(sheet, bonus, np.arange(window.start, window.stop, dtype=np.int32))


def _with_starts(sheet: Sheet, bonus: SourceBonus, found: Sources, every: Sources) -> Sources:
    """Rows that can find their `position` among every row of the span, once it is asked for."""
    return evolve(found, starts=cache(lambda: _starts(sheet, bonus, every)))


def _starts(sheet: Sheet, bonus: SourceBonus, found: Sources) -> Starts:
    """The rows that `position` counts: all of the span but refunds, whatever `where` says."""
    size = len(sheet.rows.dated(found.of))
    original = np.arange(size, dtype=np.int32)
    if found.of == "orders":
        refund_of = sheet.rows.orders.refund_of
        found = found.some(refund_of[found.order] < 0)
        if sheet.plan.refunds == "original":
            original = np.where(refund_of < 0, original, refund_of)
    return Starts(rows=found.frame(sheet), size=size, original=original)


def _moment(sheet: Sheet, bonus: SourceBonus, rows: Ints) -> NDArray[np.int64] | None:
    """The place of each row; of a refund that takes back what its original paid, that of the original."""
    if bonus.as_of is None:
        return None
    if bonus.dated == "orders" and sheet.plan.refunds == "original":
        refund_of = sheet.rows.orders.refund_of[rows]
        rows = np.where(refund_of < 0, rows, refund_of)
    return sheet.rows.places(bonus.dated or "orders")[rows]


def _dated(sheet: Sheet, bonus: SourceBonus, rows: Ints) -> Sources:
    return _orders(sheet, bonus, rows) if bonus.dated == "orders" else _events(sheet, bonus, rows)


def _events(sheet: Sheet, bonus: SourceBonus, events: Ints) -> Sources:
    assert bonus.dated is not None  # noqa: S101  (it starts from events)
    person = sheet.rows.events[bonus.dated.partition(".")[2]].person[events]
    return Sources(
        order=events,
        person=person,
        below=np.zeros(len(events), dtype=np.bool_),
        indices={"order": events, "self": person, "source": person},
        of=bonus.dated,
        moment=_moment(sheet, bonus, events),
    )


def _orders(sheet: Sheet, bonus: SourceBonus, orders: Ints) -> Sources:
    table = sheet.rows.orders
    seller, buyer = (rows if sheet.are_all(orders) else rows[orders] for rows in (table.seller, table.buyer))
    person, below = seller, np.zeros(len(orders), dtype=np.bool_)
    if bonus.from_ == "buyer" and bonus.customer == "skip":
        bought = np.flatnonzero(buyer >= 0)
        orders, seller, buyer, below = orders[bought], seller[bought], buyer[bought], below[bought]
        person = buyer
    elif bonus.from_ == "buyer":
        below = (buyer < 0) & (bonus.customer == "under_seller")
        person = np.where(buyer < 0, seller, buyer)
    return Sources(
        order=orders,
        person=person,
        below=below,
        indices={"order": orders, "seller": seller, "buyer": buyer, "self": person, "source": person},
        moment=_moment(sheet, bonus, orders),
    )
