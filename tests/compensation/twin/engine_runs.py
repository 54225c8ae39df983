"""Carries the twin's plain inputs to the engine, and both answers to plain values that can be compared."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from mlmcore.compensation._row_names import REFUNDABLE, WAITING, row_name
from mlmcore.compensation.columns import Column, Unit
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.history import HISTORY
from mlmcore.compensation.inputs import CarriedRows, Edges, Events, Moves, Orders, People, RunInputs, State
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import AnyBonus, BinaryBonus, InputColumn, Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.money import currency_places
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex
from reference.engine import Inputs, Line, Twin
from reference.engine_expressions import Account
from reference.engine_refundable import refundable_rows
from reference.engine_waiting import plain_rows

EPOCH = date(1970, 1, 1)
OF_BINARY = (
    *("left", "right", "weak", "strong", "matched", "pairs"),
    *("left_out", "right_out", "left_lost", "right_lost", "capped"),
)


def run_engine(plan: Plan, inputs: Inputs) -> Result:
    """Let the engine calculate what the twin is given, rows in the order in which they are given."""
    return calculate(plan, engine_inputs(plan, inputs))


def engine_inputs(plan: Plan, inputs: Inputs) -> RunInputs:
    """The same inputs as the engine takes them."""
    ids = [person["id"] for person in inputs.people]
    row = {identity: position for position, identity in enumerate(ids)}
    period = Period.containing(inputs.start, PeriodKind(plan.period), plan.timezone)
    assert (period.start, period.end) == (inputs.start, inputs.end)
    return RunInputs(
        period=period,
        people=People(
            ids=IdIndex.from_labels(ids),
            status=Column.texts(person["status"] for person in inputs.people),
            joined=[(person["joined"] - EPOCH).days for person in inputs.people],
            attributes={
                name: _column(declared, [person["attributes"].get(name) for person in inputs.people])
                for name, declared in plan.inputs.attributes.items()
            },
        ),
        trees={
            tree: Edges(
                parent=[row.get(person["uplines"].get(tree), -1) for person in inputs.people],
                leg=[person.get("legs", {}).get(tree, 0) for person in inputs.people],
            )
            for tree in plan.inputs.trees
        },
        orders=_orders(plan, inputs.orders, row),
        events={
            name: _events(declared, inputs.events.get(name, []), row) for name, declared in plan.inputs.events.items()
        },
        company=inputs.company,
        moves={tree: _moves(inputs, tree, row) for tree in plan.inputs.trees},
        previous=_previous(plan, inputs),
    )


def _orders(plan: Plan, orders: Sequence[Mapping[str, Any]], row: Mapping[str, int]) -> Orders:
    ids = [order["id"] for order in orders]
    place = {identity: position for position, identity in enumerate(ids)}
    customers = sorted({order["customer"] for order in orders if order["customer"] is not None})
    return Orders(
        ids=IdIndex.from_labels(ids),
        date=[(order["date"] - EPOCH).days for order in orders],
        seller=[row[order["seller"]] for order in orders],
        buyer=[-1 if order["buyer"] is None else row[order["buyer"]] for order in orders],
        customer=[-1 if order["customer"] is None else customers.index(order["customer"]) for order in orders],
        customers=customers,
        refund_of=[-1 if order["refund_of"] is None else place[order["refund_of"]] for order in orders],
        volumes={
            name: _column(declared, [order["volumes"][name] for order in orders])
            for name, declared in {**plan.inputs.volumes, **plan.inputs.order_columns}.items()
        },
    )


def _moves(inputs: Inputs, tree: str, row: Mapping[str, int]) -> Moves:
    moved = [
        (row[person["id"]], (since - EPOCH).days, row.get(upline, -1))
        for person in inputs.people
        for since, upline in person.get("moves", {}).get(tree, [])
    ]
    person, since, parent = zip(*moved, strict=True) if moved else ((), (), ())
    return Moves(person=person, since=since, parent=parent)


def _events(declared: Mapping[str, InputColumn], events: Sequence[Mapping[str, Any]], row: Mapping[str, int]) -> Events:
    return Events(
        ids=IdIndex.from_labels([event["id"] for event in events]),
        date=[(event["date"] - EPOCH).days for event in events],
        person=[row[event["person"]] for event in events],
        columns={
            name: _column(column, [event["columns"][name] for event in events]) for name, column in declared.items()
        },
    )


def _previous(plan: Plan, inputs: Inputs) -> State:
    people = sorted({*inputs.best, *(person for column in inputs.carried.values() for person in column)})
    if not people and not inputs.waiting and not inputs.refundable and not inputs.history:
        return State.empty()
    return State(
        rows={
            **{row_name(bonus, WAITING): _waiting(rows) for bonus, rows in inputs.waiting.items() if rows},
            **{row_name(bonus, REFUNDABLE): _refundable(rows) for bonus, rows in inputs.refundable.items()},
            **{f"{HISTORY}{name}": _history(plan, inputs, name) for name in inputs.history},
        },
        ids=IdIndex.from_labels(people),
        best_rank=Column.texts([inputs.best.get(person) for person in people]),
        carried={
            name: Column.numbers(
                [_decimal(Fraction(column[person])) if person in column else None for person in people],
                unit=_unit(plan, name),
                places=2,
            )
            for name, column in inputs.carried.items()
        },
    )


def _history(plan: Plan, inputs: Inputs, name: str) -> CarriedRows:
    """What each person had in earlier periods, by period and person; ranks by id."""
    period = Period.containing(inputs.start, PeriodKind(plan.period), plan.timezone)
    rows = []
    for past in inputs.history[name]:
        period = period.previous()
        rows += [(period.id, person, item) for person, item in past.items()]
    declared, items = plan.history_types[name], [item for _, _, item in rows]
    match declared.kind:
        case "rank":
            values = Column.texts(None if item is None else plan.rank_ids[item] for item in items)
        case "boolean":
            values = Column.booleans(items)
        case _:
            numbers = [None if item is None else _decimal(Fraction(item)) for item in items]
            values = Column.numbers(numbers, unit=declared.unit, places=declared.places)
    texts = {"period": [row[0] for row in rows], "person": [row[1] for row in rows]}
    return CarriedRows(columns={**{key: Column.texts(column) for key, column in texts.items()}, "value": values})


def _waiting(rows: list[dict[str, Any]]) -> CarriedRows:
    """Lines that wait, in the order in which they are given."""
    return _carried_rows(rows, ("state", "payee", "source", "order", "period"), {**_OF_LINES, "age": 0})


def _refundable(rows: list[dict[str, Any]]) -> CarriedRows:
    """Lines of orders that may still be given back, in the order in which they are given."""
    texts = ("payee", "account", "whose", "source", "order")
    return _carried_rows(rows, texts, {**_OF_LINES, "given": 0, "of": 0, "taken": 2})


_OF_LINES = {"level": 0, "base": 6, "rate": 8, "amount": 2}


def _carried_rows(rows: list[dict[str, Any]], texts: Sequence[str], numbers: Mapping[str, int]) -> CarriedRows:
    def number(name: str, places: int) -> Column:
        items = [None if row[name] is None else _decimal(Fraction(row[name])) for row in rows]
        plain = name in {"level", "rate", "age", "given", "of"}
        return Column.numbers(items, places=places, unit=None if plain else "money")

    return CarriedRows(
        columns={
            **{name: Column.texts(row[name] for row in rows) for name in texts},
            **{name: number(name, places) for name, places in numbers.items()},
        }
    )


def _unit(plan: Plan, name: str) -> Unit | None:
    """What a carried column is in: the legs of a binary in what its volume is in, the rest in points."""
    bonus, dot, _ = name.partition(".")
    if not dot:
        return "points"
    binary = plan.bonus(bonus)
    assert isinstance(binary, BinaryBonus)
    return binary.volume.type.unit


def _column(declared: InputColumn, items: list[Any]) -> Column:
    match declared.kind:
        case "boolean":
            return Column.booleans(bool(item) for item in items)
        case "text":
            return Column.texts(items)
        case "date":
            return Column.dates(items)
        case _:
            numbers = [None if item is None else _decimal(item) for item in items]
            return Column.numbers(numbers, unit=declared.unit, places=declared.places)


def _decimal(number: Fraction) -> Decimal:
    scaled = number * 10**12
    assert scaled.denominator == 1
    return Decimal(int(scaled)).scaleb(-12).normalize()


# Both answers as plain values.

Answer = dict[str, Any]


def engine_answer(result: Result) -> Answer:
    """What the engine says: columns by person, lines as tuples, entitled by bonus."""
    people = result.network.ids.labels(np.arange(len(result.network)))
    plan = result.plan
    columns = {**result.measures, **result.published}
    return {
        "columns": {name: _by_label(people, column) for name, column in columns.items()},
        "order columns": {name: _by_order(result, column) for name, column in result.order_columns.items()},
        "ranks": _by_label(people, result.ranks),
        "best": _by_label(people, result.rank_best),
        "carried": {name: _by_label(people, column) for name, column in result.carried.items()},
        "lines": [line for item in result.lines.segments for line in _lines(result, item)],
        "accounts": [line for item in result.accounts.segments for line in _lines(result, item)],
        "unpaid": Counter(line for item in result.unpaid.segments for line in _lines(result, item)),
        "missed": Counter(line for item in result.missed for line in _lines(result, item)),
        "entitled": {bonus.id: _entitled(result, bonus.id) for bonus in plan.bonuses},
        "history": {
            name: Counter(tuple(row.values()) for row in _kept(result, f"{HISTORY}{name}")) for name in plan.history
        },
        "waiting": {
            bonus.id: Counter(plain_rows(_kept(result, row_name(bonus.id, WAITING)))) for bonus in plan.bonuses
        },
        "refundable": {
            bonus.id: Counter(plain_rows(_kept(result, row_name(bonus.id, REFUNDABLE)))) for bonus in plan.bonuses
        },
    }


def _kept(result: Result, name: str) -> list[dict[str, Any]]:
    """Rows that a result hands on, as the twin has them."""
    rows = result.handed_on().rows.get(name)
    columns = {} if rows is None else rows.columns
    read = [{name: column.value(row) for name, column in columns.items()} for row in range(len(rows or ()))]
    return [{name: Fraction(item) if isinstance(item, Decimal) else item for name, item in row.items()} for row in read]


def _entitled(result: Result, bonus: str) -> Fraction:
    return Fraction(result.identity[bonus].entitled) if bonus in result.identity else Fraction(0)


def twin_answer(plan: Plan, inputs: Inputs, kind: type[Twin] = Twin) -> Answer:
    """What the twin says, in the same shape; and its own sums must hold: entitled = paid + unpaid."""
    twin = kind(plan, inputs)
    outcomes = [twin.final(bonus.id) for bonus in plan.bonuses]
    published = [f"{bonus.id}.{word}" for bonus in plan.bonuses for word in _published(bonus)]
    for outcome_bonus, outcome in zip((bonus.id for bonus in plan.bonuses), outcomes, strict=True):
        everything = [*outcome.lines, *outcome.accounts, *outcome.unpaid]
        room = twin.waiting(outcome_bonus)
        carried = sum((row["amount"] for row in room.rows()), Fraction(0))
        assert outcome.entitled + room.brought == sum((line.amount for line in everything), carried)
    return {
        "columns": {name: twin.measures(name) for name in (*plan.measures, *published)},
        "order columns": {name: twin.order_columns(name) for name in plan.order_columns},
        "ranks": twin.ranks(),
        "best": {person: twin.rank_id(position) for person, position in twin.measures("rank.best").items()},
        "carried": {name: twin.carried(name) for name in plan.carry},
        "lines": [_plain(line) for outcome in outcomes for line in outcome.lines],
        "accounts": [_plain(line) for outcome in outcomes for line in outcome.accounts],
        "unpaid": Counter(_plain(line) for outcome in outcomes for line in outcome.unpaid),
        "missed": Counter(_plain(line) for outcome in outcomes for line in outcome.missed),
        "entitled": {bonus.id: outcome.entitled for bonus, outcome in zip(plan.bonuses, outcomes, strict=True)},
        "history": {name: Counter(_remembered(plan, twin, name)) for name in plan.history},
        "waiting": {bonus.id: Counter(plain_rows(twin.waiting(bonus.id).rows())) for bonus in plan.bonuses},
        "refundable": {bonus.id: Counter(plain_rows(refundable_rows(twin, bonus.id))) for bonus in plan.bonuses},
    }


def _remembered(plan: Plan, twin: Twin, name: str) -> Iterator[tuple[str, str, Any]]:
    """What is handed on of this period and those before, as far back as the plan keeps it; ranks by id."""
    period = Period.containing(twin.start, PeriodKind(plan.period), plan.timezone)
    for past in [twin.measures(name), *twin.inputs.history.get(name, [])][: plan.history[name]]:
        for person, item in past.items():
            yield period.id, person, twin.rank_id(item) if plan.history_types[name].kind == "rank" else item
        period = period.previous()


def _published(bonus: AnyBonus) -> tuple[str, ...]:
    return (*(("earned",) if bonus.is_column else ("earned", "paid")), *_own_columns(bonus))


def _own_columns(bonus: AnyBonus) -> tuple[str, ...]:
    if isinstance(bonus, BinaryBonus):
        return OF_BINARY
    return ("earnings",) if getattr(bonus, "earnings", None) else ()


def _plain(line: Line) -> tuple[Any, ...]:
    payee, account = line.payee, None
    if isinstance(line.payee, Account):  # an unpaid line says only whose it was
        payee, account = line.of, None if line.reason else line.payee.name
    return (
        *(line.bonus, payee, account, line.source, line.order, line.level),
        *(line.base, line.rate, line.amount, line.reason),
    )


def _lines(result: Result, segment: Any) -> list[tuple[Any, ...]]:
    people = result.network.ids
    orders = result.rows.dated(result.plan.bonus(segment.bonus).dated or "orders").ids

    def label(ids: IdIndex, position: int) -> str | None:
        return None if position < 0 else ids.label(position)

    found = []
    for line in range(len(segment)):
        rate = segment.rate_of(line)
        account, reason = getattr(segment, "account", None), getattr(segment, "reason", None)
        level = int(segment.level[line])
        found.append(
            (
                segment.bonus,
                label(people, int(segment.payee[line])),
                None if account is None else result.plan.accounts[account[line]],
                label(people, int(segment.source[line])),
                label(orders, int(segment.order[line])),
                None if level < 0 else level,
                Fraction(segment.base_of(line)),
                None if rate is None else Fraction(rate),
                _amount(result, segment, line),
                "" if reason is None else Reason(int(reason[line])).label,
            )
        )
    return found


def _amount(result: Result, segment: Any, line: int) -> Fraction:
    if hasattr(segment, "amount_of"):
        return Fraction(segment.amount_of(line))
    return Fraction(int(segment.amount[line]), 10 ** currency_places(result.plan.currency))


def _by_order(result: Result, column: Column) -> dict[str, Any]:
    """By order of the period; a run also sees orders of weeks that began before it, and originals of refunds."""
    rows = np.arange(len(result.orders))[result.rows.within(result.period)]
    return _by_label(result.orders.ids.labels(rows), column.take(rows))


def _by_label(labels: Any, column: Column) -> dict[str, Any]:
    values = [column.value(row) for row in range(len(column))]
    numbers = [
        Fraction(value) if column.kind == "number" and value is not None else value  # type: ignore[arg-type]
        for value in values
    ]
    return dict(zip(labels, numbers, strict=True))
