"""What a run comes to: lines, columns, totals, and the identity that every run is checked by."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.compensation._row_names import WAITING, row_name
from mlmcore.compensation.arranged import Arranged
from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import CarriedRows, Events, Orders, State
from mlmcore.compensation.lines import (
    AccountLines,
    AccountSegment,
    LedgerLines,
    MissedSegment,
    Segment,
    UnpaidLines,
    UnpaidSegment,
)
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.rounding import total_of
from mlmcore.domain.errors import MlmError
from mlmcore.domain.money import Money
from mlmcore.domain.periods import Period
from mlmcore.genealogy import Network

AnySegment = Segment | UnpaidSegment | AccountSegment | MissedSegment

__all__ = ["Identity", "IdentityError", "Result", "Span"]


class IdentityError(MlmError):
    """A bonus does not add up: what came in is not what went out. A fault of this library; nothing of the run is kept.

    Attributes:
        bonus: Which bonus.
    """

    code = "compensation.identity"

    def __init__(self, bonus: str, identity: "Identity") -> None:
        self.bonus = bonus
        super().__init__(
            f"bonus {bonus} does not add up: entitled {identity.entitled}, brought forward {identity.brought}, "
            f"paid {identity.paid}, unpaid {identity.unpaid}, carried forward {identity.carried}; "
            "this is a fault of mlmcore, please report it with plan and inputs"
        )


@frozen(kw_only=True)
class Identity:
    """Where everything that a bonus offered went, exactly.

    Attributes:
        entitled: The sum of all that was offered, taken before anything was paid.
        brought: What the period before carried forward to this one: a fund, lines that waited.
        paid: The sum of its ledger and account lines.
        unpaid: The sum of its unpaid lines, roundings and negatives among them.
        carried: What is carried forward to the next period.
    """

    entitled: Decimal
    paid: Decimal
    unpaid: Decimal
    brought: Decimal = Decimal(0)
    carried: Decimal = Decimal(0)

    @property
    def due(self) -> Decimal:
        """What this run accounts for: entitled, and what was brought forward, less what is carried forward."""
        return self.entitled + self.brought - self.carried

    @property
    def holds(self) -> bool:
        """Whether entitled + brought forward = paid + unpaid + carried forward."""
        return self.due == self.paid + self.unpaid


@frozen(kw_only=True)
class Span:
    """How much of a bonus's lines one period has for which it ran; the lines of all of them stand one after the other.

    Attributes:
        period: The period's id: a week of a month; "" of lines that waited since an earlier run.
        lines: How many ledger lines.
        unpaid: How many unpaid lines.
        missed: How many missed lines.
    """

    period: str
    lines: int
    unpaid: int
    missed: int


def _mapping(items: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(items))


@frozen(kw_only=True, eq=False, slots=False)
class Result:
    """The outcome of one run; everything in it is read-only.

    Attributes:
        plan: By which plan.
        rows: From what.
        lines: What people are paid.
        unpaid: What was offered and not paid.
        accounts: What accounts are paid.
        missed: What people lost to somebody further up; part of no sum.
        measures: The plan's measures, by name, by person.
        order_columns: The plan's derived columns of orders, by name, by order of `orders`.
        published: What bonuses publish: `ID.earned`, `ID.paid`, of a binary its legs; by person.
        figures: What bonuses publish about the run as a whole, by name, of one row: `ID.fund` of a pool.
        ranks: Each person's rank; none of all where the plan has no ranks.
        rank_now: The rank by this period's requirements alone.
        rank_best: The highest rank ever held, this period included.
        carried: What is handed to the next period, by name, by person.
        carried_rows: What is handed to the next period and is no column of people, by the name of what keeps it.
        identity: By bonus.
        spans: Of a bonus that runs for other periods than the plan's, in which it ran and how many lines each brought.
    """

    plan: Plan
    rows: Arranged
    lines: LedgerLines
    unpaid: UnpaidLines
    accounts: AccountLines
    missed: tuple[MissedSegment, ...]
    measures: Mapping[str, Column] = field(converter=_mapping)
    order_columns: Mapping[str, Column] = field(converter=_mapping)
    published: Mapping[str, Column] = field(converter=_mapping)
    figures: Mapping[str, Column] = field(factory=dict, converter=_mapping)
    ranks: Column
    rank_now: Column
    rank_best: Column
    carried: Mapping[str, Column] = field(converter=_mapping)
    carried_rows: Mapping[str, CarriedRows] = field(factory=dict, converter=_mapping)
    identity: Mapping[str, Identity] = field(converter=_mapping)
    spans: Mapping[str, tuple[Span, ...]] = field(factory=dict, converter=_mapping)

    @property
    def network(self) -> Network:
        """Who stands where; a person's index is the position in `network.ids`."""
        return self.rows.network

    @property
    def orders(self) -> Orders:
        """The run's orders, by date, then id."""
        return self.rows.orders

    @property
    def events(self) -> Mapping[str, Events]:
        """The run's events by name, each by date, then id: those that were given, and the cycles of boards."""
        return self.rows.events

    def dated(self, bonus: str) -> Orders | Events:
        """The rows that `order` counts in the lines of a bonus: the run's orders, or events of one name.

        Raises:
            KeyError: The plan has no such bonus.
        """
        return self.rows.dated(self.plan.bonus(bonus).dated or "orders")

    def order_of(self, segment: AnySegment, line: int) -> str | None:
        """The id of a line's order or event, also where it waited since an earlier period; None for none or several."""
        before, order = self._waited(segment, line), int(segment.order[line])
        if before is not None:
            order_id = before.columns["order"].value(int(segment.brought[line]))
            return None if order_id is None else str(order_id)
        return self.dated(segment.bonus).ids.label(order) if order >= 0 else None

    def _waited(self, segment: AnySegment, line: int) -> CarriedRows | None:
        """The rows of the previous state that say where a line comes from, if it waited."""
        waited = int(segment.brought[line]) >= 0
        return self.rows.previous.rows[row_name(segment.bonus, WAITING)] if waited else None

    @property
    def period(self) -> Period:
        """The period."""
        return self.rows.period

    def handed_on(self) -> State:
        """What this period hands to the next, as a store would keep it."""
        codes, names = self.rank_best.values.astype(np.int32), self.plan.rank_ids
        return State(
            ids=self.network.ids,
            carried=self.carried,
            best_rank=Column(kind="text", values=codes, categories=names),
            rows=self.carried_rows,
        )

    def paid_to(self, person: int) -> Money:
        """What one person is paid in all."""
        minor = sum(total_of(segment.amount[segment.payee == person]) for segment in self.lines.segments)
        return Money(minor, self.plan.currency)

    def totals_by_bonus(self) -> dict[str, Money]:
        """What people are paid, by bonus, in the plan's order."""
        return {item.bonus: Money(total_of(item.amount), self.plan.currency) for item in self.lines.segments}

    def totals_by_type(self) -> dict[str, Money]:
        """What people are paid, by the ledger's commission type, in the plan's order."""
        sums: dict[str, int] = {}
        for item in self.lines.segments:
            sums[item.type] = sums.get(item.type, 0) + total_of(item.amount)
        return {name: Money(total, self.plan.currency) for name, total in sums.items()}

    def totals_by_level(self, bonus: str) -> dict[int, Money]:
        """What people are paid by one bonus, by level; -1 stands for lines of no level or several.

        Raises:
            KeyError: The plan has no such bonus.
        """
        self.plan.bonus(bonus)
        sums: dict[int, int] = {}
        for item in self.lines.segments:
            for level in np.unique(item.level).tolist() if item.bonus == bonus else ():
                sums[level] = total_of(item.amount[item.level == level])
        return {level: Money(total, self.plan.currency) for level, total in sums.items()}

    def totals_by_rank(self) -> dict[str, Money]:
        """What people of each rank are paid, lowest first, those without a rank under `none`."""
        by_person = self.lines.by_person(len(self.network))
        names = ["none", *self.plan.rank_ids]
        sums = {name: total_of(by_person[self.ranks.values == position - 1]) for position, name in enumerate(names)}
        return {name: Money(total, self.plan.currency) for name, total in sums.items()}

    def totals_by_owner(self) -> dict[str, Money]:
        """What the positions of each owner are paid together, by owner; somebody without one by their own id.

        Raises:
            ValueError: The plan does not say whose a position is.
        """
        name = self.plan.inputs.owner
        if name is None:
            raise ValueError("the plan has no `owner` in [inputs]")
        by_person = self.lines.by_person(len(self.network))
        owners = self.rows.people.attributes[name]
        sums: dict[str, int] = {}
        for person in np.argsort(self.network.ids.rank).tolist():
            owner = owners.value(person)
            key = self.network.ids.label(person) if owner is None else str(owner)
            sums[key] = sums.get(key, 0) + int(by_person[person])
        return {owner: Money(total, self.plan.currency) for owner, total in sums.items()}

    @property
    def entitled(self) -> Decimal:
        """Everything that was offered, exactly."""
        return sum((item.entitled for item in self.identity.values()), Decimal(0))

    @cached_property
    def digest(self) -> str:
        """The sha256, in hex, of all lines and columns; the order of the inputs' rows plays no part."""
        digest = hashlib.sha256()
        heading = {"plan": self.plan.digest, "period": self.period.id, "timezone": self.period.timezone}
        _part(digest, "run", json.dumps(heading, sort_keys=True).encode())
        people, orders = self.network.ids, self.orders.ids
        _part(digest, "people", "\0".join(people.labels(np.arange(len(people)))).encode())
        _part(digest, "orders", "\0".join(orders.labels(np.arange(len(orders)))).encode())
        for name, events in sorted(self.rows.events.items()):
            _part(digest, f"events {name}", "\0".join(events.ids.labels(np.arange(len(events)))).encode())
        for kind, segments in (
            ("ledger", self.lines.segments),
            ("unpaid", self.unpaid.segments),
            ("accounts", self.accounts.segments),
        ):
            for segment in segments:
                _hash_segment(digest, kind, segment)
        ranks = {"rank": self.ranks, "rank.now": self.rank_now, "rank.best": self.rank_best}
        carried = {f"carry {name}": column for name, column in self.carried.items()}
        columns = {**self.measures, **self.published, **self.figures, **carried, **ranks}
        for name in sorted(columns):
            _hash_column(digest, name, columns[name])
        for name in sorted(self.carried_rows):
            for column_name, column in sorted(self.carried_rows[name].columns.items()):
                _hash_column(digest, f"rows {name} {column_name}", column)
        return digest.hexdigest()


def _part(digest: Any, name: str, content: bytes) -> None:
    digest.update(f"{name}:{len(content)}:".encode())
    digest.update(content)


def _array(digest: Any, name: str, values: NDArray[Any]) -> None:
    _part(digest, name, np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes())


def _hash_segment(digest: Any, kind: str, segment: Segment | UnpaidSegment | AccountSegment) -> None:
    places = [segment.base_places, segment.rate_places, getattr(segment, "amount_places", None)]
    _part(digest, kind, json.dumps([segment.bonus, segment.type, places]).encode())
    for name in ("payee", "account", "source", "order", "level", "base", "rate", "amount", "reason"):
        values = getattr(segment, name, None)
        if values is not None:
            _array(digest, name, values)


def _hash_column(digest: Any, name: str, column: Column) -> None:
    codes, categories = _used_categories(column)
    _part(digest, name, json.dumps([column.kind, column.unit, column.places, categories]).encode())
    absent = np.zeros(len(column), dtype=np.bool_) if column.absent is None else column.absent
    _array(digest, name, np.where(absent, np.zeros_like(codes), codes))
    _array(digest, f"{name} absent", absent)


def _used_categories(column: Column) -> tuple[NDArray[Any], list[str]]:
    """Values and categories; those of a text column as if only its own texts were known, in code point order."""
    if column.kind != "text":
        return column.values, list(column.categories)
    used = sorted({column.categories[code] for code in np.unique(column.values).tolist() if code >= 0})
    place = {text: code for code, text in enumerate(used)}
    codes = np.array([*(place.get(text, -1) for text in column.categories), -1], dtype=np.int32)
    return codes[column.values], used
