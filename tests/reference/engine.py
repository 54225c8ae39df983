"""The slow twin of the engine: a plan's meaning over dicts, `Fraction` and lists, written from the language's page.

It shares with the library only the loaded plan and its checked expressions. What a walk offers is added up when it is
offered (`entitled`), what is not paid is written down where it happens (`unpaid`): never one by subtraction from the
other. Nothing here is quick.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any

from mlmcore.compensation._checks._earned import earned_places
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Aggregate, Name, Ordinal, walk
from mlmcore.compensation.plan import AmountBonus, AnyBonus, BinaryBonus, DifferentialBonus, LevelsBonus, Plan
from mlmcore.compensation.steps import expressions_of
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.periods import Period
from reference.engine_expressions import Account, Env, value
from reference.engine_moments import MomentRefused, key_of, made_of_own_rows, original_of, originals_key
from reference.expressions import rounded

Payee = str | Account | None
LAST_LEVEL = 60
"""Above the root, levels that have not ended here are taken never to end."""


class RefundRefused(Exception):  # noqa: N818 - as below
    """Refunds come to more than their order, or would add to it."""


class NegativeRefused(Exception):  # noqa: N818 - what happened, not an error of the twin
    """A payee's sum is negative and the plan says `negative = "error"`."""


@dataclass(frozen=True)
class Line:
    """One amount: of a person, of an account, or unpaid with its reason. Amounts and bases are money, exact."""

    bonus: str
    payee: Payee
    source: str | None
    order: str | None
    level: int | None
    base: Fraction
    rate: Fraction | None
    amount: Fraction
    reason: str = ""
    of: str | None = None  # whose level it was, where an account is paid
    since: tuple[Any, ...] | None = None  # of a line that waited: its order, its period and its source
    divided: bool = False  # its rate is an unrounded division, and the amount is not yet cut to eight places


@dataclass
class Inputs:
    """What a run is given, as the user would write it down.

    Attributes:
        start: The first day.
        end: The first day after.
        people: By dict: id, status, joined, attributes, uplines (by tree), moves (by tree: days and new uplines).
        orders: By dict: id, date, seller, buyer, customer, refund_of, volumes.
        events: By name, then by dict: id, date, person, event (the name), columns.
        company: Figures by name.
        history: By name: what each person had in each earlier period, the last one first.
        best: The best rank before, by person.
        carried: What was carried, by name, then person.
        waiting: Lines that wait, by bonus.
        refundable: Lines of orders that may still be given back, by bonus.
    """

    start: date
    end: date
    people: list[dict[str, Any]]
    orders: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    best: dict[str, str] = field(default_factory=dict)
    carried: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refundable: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass
class Outcome:
    """What a bonus, or a whole run, comes to."""

    lines: list[Line] = field(default_factory=list)
    accounts: list[Line] = field(default_factory=list)
    unpaid: list[Line] = field(default_factory=list)
    missed: list[Line] = field(default_factory=list)
    entitled: Fraction = Fraction(0)
    earned: dict[str, Fraction] = field(default_factory=dict)
    spans: list[list[Line]] = field(default_factory=list)  # what is payable, by sub-period, accounts among it

    def add(self, other: "Outcome") -> None:
        """Take in what a sub-period came to."""
        self.lines += other.lines
        self.accounts += other.accounts
        self.unpaid += other.unpaid
        self.missed += other.missed
        self.entitled += other.entitled
        self.spans += other.spans
        for person, amount in other.earned.items():
            self.earned[person] = self.earned.get(person, Fraction(0)) + amount


@dataclass
class PaidLine:
    """A line of an order that may be refunded: how much of its base was given back, and of its amount taken back."""

    line: Line
    given_back: Fraction = Fraction(0)
    taken_back: Fraction = Fraction(0)


def kept(amount: Fraction) -> Fraction:
    """An amount whose rate is an unrounded division, cut to eight places so that it rounds on as the exact one."""
    units = floor(amount * 10**8)
    inexact = units != amount * 10**8
    return Fraction(units + (1 if inexact and units % 5 == 0 else 0), 10**8)


def cut_together(rows: list[Line], together: Callable[[Line], Any]) -> list[Line]:
    """Rows whose divided amounts are cut: those of one group so that their sum is what the exact sum is cut to."""
    cut = list(rows)
    groups: dict[Any, list[int]] = {}
    for index, row in enumerate(rows):
        group = together(row)
        groups.setdefault(("alone", index) if group is None else group, []).append(index)
    unit = Fraction(1, 10**8)
    for mine in groups.values():
        if not any(rows[index].divided for index in mine):
            continue
        down = {index: floor(rows[index].amount / unit) * unit for index in mine}
        missing = kept(sum((rows[index].amount for index in mine), Fraction(0))) - sum(down.values(), Fraction(0))
        largest = sorted(mine, key=lambda index: (down[index] - rows[index].amount, index))
        up = set(largest[: int(missing / unit)])
        for index in mine:
            cut[index] = _changed(rows[index], amount=down[index] + (unit if index in up else 0), divided=False)
    return cut


def rates_of(bonus: LevelsBonus) -> Iterator[Expression]:
    """Every rate in a bonus."""
    rows = [bonus.rates or (), *(bonus.rates_by_rank or {}).values(), (bonus.rate_by_rank or {}).values()]
    yield from (rate for row in rows for rate in row)
    yield from (rate for rate in (bonus.rate, bonus.beyond, bonus.face_rate) if rate is not None)


class BudgetRefused(Exception):  # noqa: N818 - as above
    """A walk pays more than its budget."""


class Twin:
    """One run. Columns are computed when somebody asks for them, and remembered."""

    def __init__(self, plan: Plan, inputs: Inputs) -> None:
        self.plan = plan
        self.start, self.end = inputs.start, inputs.end
        self.company: Mapping[str, Any] = inputs.company
        self.inputs = inputs
        self.people = {person["id"]: person for person in inputs.people if person["joined"] < inputs.end}
        self.orders = sorted(inputs.orders, key=lambda order: (order["date"], order["id"]))
        self.columns: dict[tuple[str, str], Any] = {}
        self._fronts: dict[tuple[str, str], list[str]] = defaultdict(list)
        for person in self.people:
            for tree in plan.inputs.trees:
                self._fronts[tree, self.upline(tree, person) or ""].append(person)
        self._outcomes: dict[str, Outcome] = {}
        self.running: dict[str, Offers] = {}
        self._final: dict[str, Outcome] = {}
        self._waiting: dict[str, Any] = {}
        self.paid_on_orders: dict[str, list[PaidLine]] = defaultdict(list)
        self.takes_back = plan.refunds == "original"
        self._window = (self.start, self.end)  # a bonus's sub-period while it runs

    # What a run gives.

    def measures(self, name: str) -> dict[str, Any]:
        """A measure, or any column of people, by person."""
        return {person: self.person_column(name, person) for person in self.people}

    def ranks(self) -> dict[str, str | None]:
        """Everybody's rank, as its id."""
        return {person: self.rank_id(self.person_column("rank", person)) for person in self.people}

    def order_columns(self, name: str) -> dict[str, Any]:
        """A derived column of the period's orders."""
        return {order["id"]: self.order_column(name, order) for order in self.period_orders()}

    def outcome(self, bonus_id: str) -> Outcome:
        """What a bonus came to, before caps."""
        if bonus_id not in self._outcomes:
            self._outcomes[bonus_id] = self._run_bonus(self.plan.bonus(bonus_id))
        return self._outcomes[bonus_id]

    def final(self, bonus_id: str) -> Outcome:
        """What a bonus came to when all caps over it have cut their part."""
        from reference.engine_caps import apply_caps  # noqa: PLC0415 - it builds on this module

        if bonus_id not in self._final:
            outcome = self.outcome(bonus_id)
            spans, capped = apply_caps(self, bonus_id, len(self.plan.caps))
            left, bonus = [line for span in spans for line in span], self.plan.bonus(bonus_id)
            if bonus.deferred_until is not None:
                left, expired = self.waiting(bonus_id).defer(bonus, left)
                capped = capped + expired
            self._final[bonus_id] = replace(
                outcome,
                lines=[line for line in left if not isinstance(line.payee, Account)],
                accounts=[line for line in left if isinstance(line.payee, Account)],
                unpaid=outcome.unpaid + capped,
            )
        return self._final[bonus_id]

    def after_caps(self, bonus_id: str) -> list[Line]:
        """What is payable of a bonus, before anything is deferred."""
        from reference.engine_caps import apply_caps  # noqa: PLC0415 - as above

        return [line for span in apply_caps(self, bonus_id, len(self.plan.caps))[0] for line in span]

    def waiting(self, bonus_id: str) -> Any:
        """What waits for a bonus."""
        from reference.engine_waiting import WaitingRoom  # noqa: PLC0415 - as above

        if bonus_id not in self._waiting:
            self._waiting[bonus_id] = WaitingRoom(self, bonus_id)
        return self._waiting[bonus_id]

    def carried(self, name: str) -> dict[str, Any]:
        """What is handed to the next period."""
        return {person: self.ask(self.plan.carry[name].value, {"self": person}) for person in self.people}

    # Columns.

    def ask(self, expression: Expression, env: Env) -> Any:
        """An expression's value."""
        return value(expression.node, env, self)

    def upline(self, tree: str, person: str, day: date | None = None) -> str | None:
        """Who stands directly above at the end of a day, or of the period, if that person is in the run."""
        above = self.people[person]["uplines"].get(tree)
        moves = self.people[person].get("moves", {}).get(tree, [])
        for since, upline in sorted(moves, key=lambda move: move[0]):
            if since <= day if day is not None else since < self.end:
                above = upline
        return above if above in self.people else None

    def front(self, tree: str, person: str) -> list[str]:
        """Direct children."""
        return self._fronts[tree, person]

    def leg(self, person: str) -> int:
        """In which leg of the upline a person stands in the placement tree, 0 without a number."""
        return int(self.people[person]["legs"]["placement"])

    def everybody(self) -> list[str]:
        """All people of the run."""
        return list(self.people)

    @property
    def window(self) -> tuple[date, date]:
        """The period, or its sub-period, while a bonus runs for it."""
        return self._window

    def period_orders(self) -> list[Mapping[str, Any]]:
        """The orders of the period; of its sub-period, for what a bonus itself asks."""
        return self.orders_within(*self._window)

    def orders_within(self, start: date, end: date) -> list[Mapping[str, Any]]:
        """The orders of some days, by date, then id."""
        return [order for order in self.orders if start <= order["date"] < end]

    def dated_within(self, dated: str, start: date, end: date) -> list[Mapping[str, Any]]:
        """The orders, or the events of a name, of some days, by date, then id."""
        if dated == "orders":
            return self.orders_within(start, end)
        events = self.inputs.events[dated.removeprefix("events.")]
        return sorted((event for event in events if start <= event["date"] < end), key=key_of)

    def period_events(self, name: str) -> list[Mapping[str, Any]]:
        """The events of the period; of its sub-period, for what a bonus itself asks."""
        return self.dated_within(f"events.{name}", *self._window)

    def past_column(self, name: str, person: str, lag: int) -> Any:
        """What somebody had in an earlier period."""
        return self.inputs.history[name][lag][person]

    def was_there(self, node: Aggregate, person: str, lag: int) -> bool:
        """Whether everything that is read of a period is known of somebody; or anything, where nothing is read."""
        read = {part.name for part in walk(node) if isinstance(part, Name) and part.subject == "past"}
        known = [
            lag < len(periods) and person in periods[lag]
            for name, periods in self.inputs.history.items()
            if name in read or (not read and self.plan.history[name] >= node.scope.bounds[0])
        ]
        return all(known) and bool(known) if read else any(known)

    def order_column(self, name: str, order: Mapping[str, Any]) -> Any:
        """One value of an order or event: built in, given, or derived."""
        if "event" in order:
            return order["date"] if name == "date" else order["columns"][name]
        if name in {"date", "seller", "buyer", "customer"}:
            return order[name]
        if name in self.plan.order_columns:
            return self.ask(self.plan.order_columns[name], {"order": order})
        return order["volumes"][name]

    def person_column(self, name: str, person: str) -> Any:
        """One value of a person."""
        key = (name, person)
        if key not in self.columns:
            window, self._window = self._window, (self.start, self.end)
            self.columns[key] = self._compute(name, person)
            self._window = window
        return self.columns[key]

    def column_before(self, name: str, person: str, before: Any) -> Any:
        """One value of a person; a measure as of a moment, where there is one, of the period's orders before it."""
        if before is None or name not in self.plan.measures:
            return self.person_column(name, person)
        window, self._window = self._window, (self.start, self.end)
        found = self.ask(self.plan.measures[name], {"self": person, "before": before})
        self._window = window
        return found

    def _compute(self, name: str, person: str) -> Any:  # noqa: PLR0911 - a return per kind of column
        prefix, _, rest = name.partition(".")
        if name in {"id", "status", "joined"}:
            return self.people[person][name]
        if name in self.plan.measures:
            return self.ask(self.plan.measures[name], {"self": person})
        if prefix == "rank":
            return self._rank(rest, person)
        if prefix == "previous":
            return self._previous(rest, person)
        if rest == "earnings":
            return self._brought(self.plan.bonus(prefix), person)
        if rest == "earned":
            return self.outcome(prefix).earned.get(person, Fraction(0))
        if rest == "paid":
            return sum((line.amount for line in self.final(prefix).lines if line.payee == person), Fraction(0))
        if rest and any(bonus.id == prefix and isinstance(bonus, BinaryBonus) for bonus in self.plan.bonuses):
            self.outcome(prefix)
            return self.columns[name, person]
        return self.people[person]["attributes"].get(name)

    def _brought(self, bonus: Any, person: str) -> Fraction:
        """What somebody brings to a walk on earnings."""
        others = [one.text for one in bonus.earnings if one.text != bonus.id]
        total = sum((self.person_column(f"{name}.{bonus.basis}", person) for name in others), Fraction(0))
        if len(others) < len(bonus.earnings) and bonus.id in self.running:
            total += self.running[bonus.id].earned_from_below(person)
        return total

    def _previous(self, name: str, person: str) -> Any:
        before = self.inputs.carried.get(name, {})
        return before[person] if person in before else self.ask(self.plan.carry[name].initial, {"self": person})

    # Ranks.

    def _rank(self, which: str, person: str) -> int | None:
        rule = self.plan.rank_rule
        if rule is None:
            return None
        if which == "":
            which = "best" if rule.source == "best" else "now"
        if which == "best":
            before = self.inputs.best.get(person)
            reached = [self.person_column("rank.now", person), before and self.plan.rank_ids.index(before)]
            return max((rank for rank in reached if rank is not None), default=None)
        if rule.source == "attribute":
            title = self.people[person]["attributes"].get(rule.attribute)
            return None if title is None else self.plan.rank_ids.index(title)
        return self._required(person, ladder=rule.climb == "ladder")

    def _required(self, person: str, *, ladder: bool) -> int | None:
        best = None
        for position, rank in enumerate(self.plan.ranks):
            holds = rank.requires is not None and self.ask(rank.requires, {"self": person})
            if holds:
                best = position
            elif ladder:
                break
        return best

    def rank_id(self, position: int | None) -> str | None:
        """A rank's id."""
        return None if position is None else self.plan.rank_ids[position]

    # Bonuses.

    def _run_bonus(self, bonus: AnyBonus) -> Outcome:
        from reference.engine_refundable import known_before  # noqa: PLC0415 - as above

        whole = Outcome()
        self.paid_on_orders[bonus.id] += known_before(self, bonus.id)
        for start, end in self.spans(bonus):
            window, self._window = self._window, (start, end)
            pays = bonus.when is None or self.ask(bonus.when, {})
            if pays or self._takes_back_meanwhile(bonus, start, end):
                self.running[bonus.id] = self._offers(bonus)
                whole.add(self.running[bonus.id].run(start, end, pays=pays))
            self._window = window
        return whole

    def _takes_back_meanwhile(self, bonus: AnyBonus, start: date, end: date) -> bool:
        """Whether refunds are to be looked at of a bonus that pays nothing at the moment."""
        refunds = any(order["refund_of"] is not None for order in self.orders_within(start, end))
        return self.takes_back and bonus.source == "orders" and not bonus.is_column and refunds

    def _offers(self, bonus: AnyBonus) -> "Offers":
        from reference.engine_binary import Binaries  # noqa: PLC0415 - as above
        from reference.engine_differential import Differentials  # noqa: PLC0415 - it builds on this module

        match bonus:
            case LevelsBonus():
                return _Levels(self, bonus)
            case AmountBonus():
                return _Amounts(self, bonus)
            case DifferentialBonus():
                return Differentials(self, bonus)
            case BinaryBonus():
                return Binaries(self, bonus)
            case _:
                raise AssertionError(f"{bonus.id} has a twin of its own")

    def spans(self, bonus: AnyBonus) -> list[tuple[date, date]]:
        if bonus.every is None:
            return [(self.start, self.end)]
        kind = PeriodKind(bonus.every)
        days = {Period.containing(date.fromordinal(day), kind) for day in self._ordinals()}
        ending = sorted((period.start, period.end) for period in days if self.start < period.end <= self.end)
        return list(dict.fromkeys(ending))

    def _ordinals(self) -> Iterator[int]:
        yield from range(self.start.toordinal(), self.end.toordinal())

    def position(self, line: Line) -> Any:
        """The order of lines: order date and id, level, payee (accounts last, as the plan has them), source."""
        payee, bonus = line.payee, self.plan.bonus(line.bonus)
        orders = [row["id"] for row in self.dated_within(bonus.dated or "orders", date.min, date.max)]
        accounts = self.plan.accounts
        name = (1, accounts.index(payee.name), "") if isinstance(payee, Account) else (0, 0, payee or "")
        place = -1 if line.order is None else orders.index(line.order)
        return (place, -1 if line.level is None else line.level, name, line.source or "", line.of or "")

    def reason(self, person: str, before: Any = None) -> str:
        """Why somebody who doesn't qualify is not paid; as of a moment, where that can be known."""
        active = self.plan.active
        if active is None:
            return "not_qualified"
        known = made_of_own_rows(self.plan.measures[active].node, self.plan)
        return "not_qualified" if self.column_before(active, person, before if known else None) else "inactive"


class Offers:
    """What a bonus offers in one span of days, and what becomes of it."""

    def __init__(self, twin: Twin, bonus: Any) -> None:
        self.twin = twin
        self.bonus = bonus
        self.found = Outcome()
        self.point = Fraction(1) if bonus.point_value is None else twin.ask(bonus.point_value, {})
        self.rows: list[Line] = []
        self.walked: set[str] = set()

    def from_everybody(self) -> None:
        """Walk from everybody; on earnings, from whoever has something of them."""
        for person in self.twin.people:
            self._walk_once(person)

    def walk_from(self, person: str) -> None:
        """Make the walk that starts from somebody."""
        raise NotImplementedError

    def earned_from_below(self, person: str) -> Fraction:
        """What somebody has of this bonus, which is known when everybody below has walked."""
        waiting = [*self.twin.front(self._tree, person)]
        while waiting:
            below = waiting.pop()
            self._walk_once(below)
            waiting += self.twin.front(self._tree, below)
        mine = [row.amount for row in self.rows if row.payee == person and not row.reason]
        return sum(mine, Fraction(0))

    @cached_property
    def _asks_ordinals(self) -> bool:
        nodes = [one.checked for one in expressions_of(self.bonus) if one.checked is not None]
        return any(isinstance(part, Ordinal) for node in nodes for part in walk(node))

    @property
    def _tree(self) -> str:
        tree: str = self.bonus.tree or self.twin.plan.tree
        return tree

    def _walk_once(self, person: str) -> None:
        if person in self.walked:
            return
        self.walked.add(person)
        if not self.bonus.earnings or self.twin.person_column(f"{self.bonus.id}.earnings", person):
            self.walk_from(person)

    def run(self, start: date, end: date, *, pays: bool) -> Outcome:
        """Offer (if it pays at all), merge, round, and take out what is negative or below the minimum."""
        if pays:
            self.offer_all(start, end)
        offered = sum((row.amount for row in self.rows), Fraction(0))
        self.rows = [row for row in self._divided(self.rows) if row.amount]
        self.found.entitled += sum((row.amount for row in self.rows), Fraction(0)) - offered
        for row in self.rows:
            if isinstance(row.payee, str) and not row.reason:
                self.found.earned[row.payee] = self.found.earned.get(row.payee, Fraction(0)) + row.amount
        merged = sorted(_merged(self.rows, self.bonus.detail_or_default), key=self.twin.position)
        if self.bonus.is_column:
            self._remembered([line for line in merged if not line.reason])
            self._taken_back(start, end)
            return Outcome(earned=self.found.earned)
        self.found.unpaid += [line for line in merged if line.reason]
        paid = self._rounded([line for line in merged if not line.reason])
        remembered = self._remembered(paid)
        paid = sorted(paid + self._taken_back(start, end), key=self.twin.position)
        paid = self._without_negative(paid)
        paid = self._without_small(paid)
        self.twin.paid_on_orders[self.bonus.id] = [
            known
            for known in self.twin.paid_on_orders[self.bonus.id]
            if known not in remembered or known.line in paid or self._waits(known.line)
        ]
        self.found.spans = [paid]
        return self.found

    def _divided(self, rows: list[Line]) -> list[Line]:
        """Amounts at rates that divide, cut to eight places: where they are added up together, else one by one."""
        if self.twin.plan.rounding.at == "payee":
            return cut_together(rows, lambda row: None if row.reason else row.payee)
        detail = self.bonus.detail_or_default
        if detail == "order":
            return cut_together(rows, lambda _: None)
        return cut_together(rows, lambda row: _line_of(row, detail))

    def offer_all(self, start: date, end: date) -> None:
        """Fill `rows`."""
        raise AssertionError

    def base_again(self, order: Mapping[str, Any], line: Line) -> Fraction | None:
        """What a line's rate was taken of, asked of an order; None where a refund starts from nobody."""
        raise AssertionError

    def orders(self, start: date, end: date) -> list[Mapping[str, Any]]:
        """The orders or events that pay: under `refunds = "original"` a refund doesn't."""
        everything = self.twin.dated_within(self.bonus.dated, start, end)
        return [order for order in everything if not self.twin.takes_back or order.get("refund_of") is None]

    def whose(self, order: Mapping[str, Any]) -> str | None:
        """The person from whom an order or event starts; None where it starts from nobody."""
        if "event" in order:
            return str(order["person"])
        seller: str = order["seller"]
        begin: str | None = seller if self.bonus.from_ == "seller" else order["buyer"]
        return seller if begin is None and self.bonus.customer != "skip" else begin

    def day(self, env: Mapping[str, Any]) -> date | None:
        """On the tree of which day a walk goes up; None for that of the period's end."""
        by_sale = self.twin.plan.tree_as_of == "sale" and self.bonus.source == "orders"
        return env["order"]["date"] if by_sale else None

    def of_row(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """An order or event as what is at hand: just before which moment, and what else starts in the span."""
        starts = self.twin.dated_within(self.bonus.dated, *self.twin.window) if self._asks_ordinals else []
        sources: list[dict[str, Any]] = [{"order": row, "source": self.whose(row)} for row in starts]
        if self.bonus.as_of is None:
            return {"order": order, "starts": sources}
        sources = [{**row, "before": key_of(row["order"])} for row in sources]
        return {"order": order, "starts": sources, "before": originals_key(self.twin, order)}

    def _remembered(self, paid: list[Line]) -> list[PaidLine]:
        fresh = [PaidLine(line) for line in paid if line.order is not None] if self.twin.takes_back else []
        self.twin.paid_on_orders[self.bonus.id] += fresh
        return fresh

    def _taken_back(self, start: date, end: date) -> list[Line]:
        """For each line of a refunded order minus its share; the refund that gives back the last takes what is left."""
        if not self.twin.takes_back or self.bonus.source != "orders":
            return []
        refunds = [order for order in self.twin.orders_within(start, end) if order["refund_of"] is not None]
        if self.bonus.as_of is not None or self._asks_ordinals:
            begun = min(first for first, _ in self.twin.spans(self.bonus))
            for refund in refunds:  # what was paid before the run is not among what these worlds hand on
                if self.whose(refund) is not None and original_of(self.twin, refund)["date"] < begun:
                    raise MomentRefused(refund["id"])
        found = []
        for refund in refunds:
            for known in self.twin.paid_on_orders[self.bonus.id]:
                share = self._share(refund, known.line, start, end) if known.line.order == refund["refund_of"] else None
                if share:  # a refund of nothing takes nothing back
                    found.append(self._one_taken_back(refund, known, share))
        return found

    def _share(self, refund: Mapping[str, Any], line: Line, start: date, end: date) -> Fraction | None:
        """The part of every volume that comes back; where those differ, the refund's base over the original's, now."""
        original = original_of(self.twin, refund)
        read = self._volumes_read() & {*original["volumes"]} or {*original["volumes"]}
        both = [(-refund["volumes"][name], original["volumes"][name]) for name in read]
        parts = {Fraction(given) / Fraction(whole) for given, whole in both if whole}
        if len(parts) == 1 and not any(given for given, whole in both if not whole):
            return parts.pop()
        if (self.bonus.as_of is not None or self._asks_ordinals) and not start <= original["date"] < end:
            raise MomentRefused(refund["id"])
        base, whole = self.base_again(refund, line), self.base_again(original, line)
        if whole == 0:
            raise RefundRefused(refund["id"])
        return None if base is None or whole is None else -base / whole

    def _volumes_read(self) -> set[str]:
        """Every word in what the bonus pays on, and in the columns of orders among these words."""
        names = ("amount", "base", "budget")
        formulas = [getattr(self.bonus, name, None) for name in names] + [*(getattr(self.bonus, "amounts", None) or ())]
        waiting, words = [formula.text for formula in formulas if formula is not None], set[str]()
        while waiting:
            found = {*re.findall(r"[A-Za-z_]\w*", waiting.pop())} - words
            waiting += [column.text for word, column in self.twin.plan.order_columns.items() if word in found]
            words |= found
        return words

    def _one_taken_back(self, refund: Mapping[str, Any], known: PaidLine, share: Fraction) -> Line:
        known.given_back += share
        if share < 0 or known.given_back > 1:
            raise RefundRefused(refund["id"])
        rounding = self.twin.plan.rounding
        places = rounding.places
        if self.bonus.is_column:  # the last decimal place of its exact amounts
            places = earned_places(self.bonus, self.twin.plan) or 0
        amount = rounded(known.line.amount * share, places, rounding.mode.value)
        if known.given_back == 1:
            amount = known.line.amount - known.taken_back
        known.taken_back += amount
        self.found.entitled -= amount
        if isinstance(known.line.payee, str):
            self.found.earned[known.line.payee] = self.found.earned.get(known.line.payee, Fraction(0)) - amount
        base = rounded(-share * known.line.base, self._base_places(), "half_even")
        return _changed(known.line, order=refund["id"], base=base, amount=-amount)

    def _base_places(self) -> int:
        """Of how many decimal places what the bonus pays on is, in money."""
        bonus, point = self.bonus, self.bonus.point_value
        names = ("amount", "base", "budget")
        formulas = [getattr(bonus, name, None) for name in names] + [*(getattr(bonus, "amounts", None) or ())]
        finer: list[int] = [
            one.type.places + (point.type.places if point is not None and one.type.unit == "points" else 0)
            for one in formulas
            if one is not None
        ]
        return max(finer, default=0)

    def note(self, row: Line) -> None:
        """Write down what becomes of something that was offered; nothing makes no line."""
        self.found.entitled += row.amount
        if row.amount:
            self.rows.append(row)

    def _rounded(self, lines: list[Line]) -> list[Line]:
        rounding = self.twin.plan.rounding
        unit = Fraction(1, 10**rounding.places)
        if rounding.at == "line":
            amounts = [rounded(line.amount, rounding.places, rounding.mode.value) for line in lines]
        else:
            amounts = _by_payee(lines, unit, lambda total: rounded(total, rounding.places, rounding.mode.value))
        taken: dict[str | None, Fraction] = {}
        for line, amount in zip(lines, amounts, strict=True):
            person = None if isinstance(line.payee, Account) else line.payee
            taken[person] = taken.get(person, Fraction(0)) + line.amount - amount
        for person, rest in taken.items():
            if rest:
                of_lines = Line(self.bonus.id, person, None, None, None, Fraction(0), None, rest, "rounding")
                self.found.unpaid.append(of_lines)
        return [_changed(line, amount=amount) for line, amount in zip(lines, amounts, strict=True)]

    def _sums(self, lines: list[Line]) -> dict[Payee, Fraction]:
        sums: dict[Payee, Fraction] = {}
        for line in lines:
            sums[line.payee] = sums.get(line.payee, Fraction(0)) + line.amount
        return sums

    def _without_negative(self, lines: list[Line]) -> list[Line]:
        below: set[Payee] = {payee for payee, total in self._sums(lines).items() if total < 0}
        if below and self.bonus.negative == "error":
            raise NegativeRefused(sorted(map(str, below)))
        if self.bonus.negative != "zero":
            return lines
        return self._taken_out(lines, below, "negative")

    def _waits(self, line: Line) -> bool:
        return any(one.line == line for one in self.twin.waiting(self.bonus.id).waited)

    def _without_small(self, lines: list[Line]) -> list[Line]:
        if self.bonus.minimum is None:
            return lines
        room = self.twin.waiting(self.bonus.id)
        carries = self.bonus.minimum_unpaid == "carry"
        if carries:
            lines = sorted(lines + [one.line for one in room.take("minimum")], key=self.twin.position)
        small: set[Payee] = {
            payee
            for payee, total in self._sums(lines).items()
            if isinstance(payee, str) and 0 <= total < self.twin.ask(self.bonus.minimum, {"self": payee})
        }
        if not carries:
            return self._taken_out(lines, small, "below_minimum")
        for line in lines:
            if line.payee in small:
                room.keep("minimum", line)
        return [line for line in lines if line.payee not in small]

    def _taken_out(self, lines: list[Line], payees: Set[Payee], reason: str) -> list[Line]:
        out = [line for line in lines if line.payee in payees]
        self.found.unpaid += [_changed(line, reason=reason) for line in out if line.amount]
        return [line for line in lines if line.payee not in payees]


class _Levels(Offers):
    """Walk up from each source."""

    bonus: LevelsBonus
    child: str | None = None  # a refund walks up no tree

    def offer_all(self, start: date, end: date) -> None:
        if self.bonus.dated is None:
            self.from_everybody()
            return
        for order in self.orders(start, end):
            self._walk_order(order)

    def walk_from(self, person: str) -> None:
        self._walk({"source": person}, person, None)

    def base_again(self, order: Mapping[str, Any], line: Line) -> Fraction | None:
        bonus, source = self.bonus, self.whose(order)
        if source is None:
            return None
        self.env = {"source": source, **self.of_row(order)}
        if line.level is None and bonus.budget is not None:  # what was left of the budget
            return Fraction(self.twin.ask(bonus.budget, self.env))
        if bonus.base is not None:
            return Fraction(self.twin.ask(bonus.base, self.env) * self.point)
        assert bonus.amounts is not None
        assert line.level is not None
        whose = line.of if isinstance(line.payee, Account) else line.payee
        amount = self._at(bonus.amounts[line.level - bonus.first_level], whose, line.level)
        return None if amount is None else amount * self.point

    def _walk_order(self, order: Mapping[str, Any]) -> None:
        source = self.whose(order)
        if source is None:
            return
        of_customer = "event" not in order and self.bonus.from_ == "buyer" and order["buyer"] is None
        below = of_customer and self.bonus.customer == "under_seller"
        env = {"source": source, **self.of_row(order)}
        self._walk(env, None if below else source, order["id"], first=source if below else None)

    def _walk(self, env: dict[str, Any], begin: str | None, order: str | None, first: str | None = None) -> None:
        """One walk. `begin` is level 0; without one (a customer) the walk begins with `first` at level 1."""
        bonus, ask = self.bonus, self.twin.ask
        of_source = {**env, "self": env["source"]}
        if bonus.where is not None and not ask(bonus.where, of_source):
            return
        self.env, self.order, self.source = env, order, env["source"]
        self.base = Fraction(1) if bonus.base is None else ask(bonus.base, of_source)
        self.of_walk: list[Line] = []
        self._climb(begin, first)
        if bonus.budget is not None:
            self._leave_residual(Fraction(ask(bonus.budget, of_source)))

    def note(self, row: Line) -> None:
        if self.bonus.budget is None:
            super().note(row)
        else:
            self.of_walk.append(row)

    def _leave_residual(self, budget: Fraction) -> None:
        """What is paid of the budget, and what is left of it; a level that is not paid was only missed."""
        left = budget
        for row in cut_together(self.of_walk, lambda row: None if row.reason else row.payee is not None):
            if not row.reason:
                left -= row.amount
                super().note(row)
            elif row.payee is not None and row.amount:
                self.found.missed.append(row)
        if left * budget < 0 or (left and not budget):
            raise BudgetRefused(left)
        account = Account((self.bonus.residual or "").removeprefix("account:"))
        super().note(Line(self.bonus.id, account, self.source, self.order, None, budget, None, left))

    def _climb(self, begin: str | None, first: str | None) -> None:
        bonus = self.bonus
        self.child, between = None, [begin] if bonus.source_counts and begin is not None else []
        used = sum(self._counts(one, one) for one in between)
        if bonus.first_level == 0 and begin is not None:
            self._offer(begin, 0)
        self.child = begin
        person = first if begin is None else self._above(begin)
        while person is not None:
            level = 1 + used
            if self.of_payee:
                level = 1 + sum(self._counts(one, person) for one in between)
            if (not self.of_payee and self._ended(level)) or (bonus.stop == "before" and self._stops(person, level)):
                return
            counts = self._counts(person, person)
            settled = True
            if (counts or bonus.pay_uncounted) and level >= bonus.first_level and not self._ended(level):
                settled = self._offer(person, level)
            if counts and settled:
                used += 1
            if bonus.stop == "after" and self._stops(person, level):
                return
            between.append(person)
            person, self.child = self._above(person), person
        if not self.of_payee:
            self._above_root(used + 1)

    def _above(self, person: str) -> str | None:
        return self.twin.upline(self._tree, person, self.day(self.env))

    @property
    def of_payee(self) -> bool:
        """Whether levels are another for each payee."""
        return any(name.subject in {"payee", "child"} for name in self.bonus.counts.names)

    def _counts(self, person: str, payee: str) -> bool:
        return bool(self.twin.ask(self.bonus.counts, {**self.env, "self": person, "payee": payee, "child": self.child}))

    def _reached(self, person: str, level: int) -> dict[str, Any]:
        return {**self.env, "self": person, "child": self.child, "level": Fraction(level)}

    def _stops(self, person: str, level: int) -> bool:
        return self.bonus.stop_at is not None and bool(self.twin.ask(self.bonus.stop_at, self._reached(person, level)))

    def _last_level(self) -> int | None:
        depth = self.bonus.depth
        if depth is None or isinstance(depth.constant, bool | str) or depth.constant is None:
            return None
        return int(value(depth.node, {}, self.twin))

    def _ended(self, level: int) -> bool:
        """Whether neither this level nor any later one is offered: past a literal depth, or past the lists."""
        last, bonus = self._last_level(), self.bonus
        if (last is not None and level > last) or self._faded_away(level):
            return True
        if bonus.beyond is not None or bonus.rate is not None or bonus.rate_by_rank is not None:
            return False
        lists = [bonus.rates or (), bonus.amounts or (), *(bonus.rates_by_rank or {}).values()]
        return level - bonus.first_level >= max(map(len, lists))

    def _faded_away(self, level: int) -> bool:
        """Whether rates that the plan says have come to nothing, on this level and all above it."""
        rates = [rate for rate in (self.bonus.rate, self.bonus.face_rate) if rate is not None]
        if self.bonus.decay is None or any(rate.constant is None for rate in rates):
            return False
        if level < self.bonus.first_level:
            return False
        return all(not self._faded(Fraction(str(rate.constant)), level) for rate in rates)

    def _offer(self, person: str, level: int) -> bool:
        """Offer a level to a person; False when it goes on to the next one."""
        if not self._is_offered(level):
            return True
        own = self._own_rate(person, level)
        rate = self._face(level) if own is None else own
        assert rate is not None
        why = self._refused(person, level, own)
        if not why:
            self.note(self._line(person, level, rate))
            return True
        if self.bonus.unpaid == "next" and level > 0:  # level 0 is the start's own: nobody above can have it
            missed = self._line(person, level, rate, reason=why)
            self.found.missed += cut_together([missed], lambda _: None) if missed.amount else []
            return False
        if self.bonus.unpaid in {"lost", "next"}:
            self.note(self._line(person, level, rate, reason=why))
        else:
            account = Account(self.bonus.unpaid.removeprefix("account:"))
            self.note(self._line(account, level, rate, of=person))
        return True

    def _refused(self, person: str, level: int, own: Fraction | None) -> str:
        env = self._reached(person, level)
        if not self.twin.ask(self.bonus.pays, env):
            return self.twin.reason(person, self.env.get("before"))
        if self.bonus.depth is not None and self._last_level() is None and self.bonus.depth.text != "unlimited":
            depth = self.twin.ask(self.bonus.depth, env)
            if depth is False or (depth is not True and level > depth):
                return "depth"
        return "not_qualified" if own is None else ""

    def _above_root(self, level: int) -> None:
        """What is owed above the root: face rates, unless they never end."""
        owed: list[Line] = []
        for above in range(max(level, self.bonus.first_level), LAST_LEVEL):
            if self._ended(above) or not self._is_offered(above):
                break
            face = self._face(above)
            assert face is not None
            owed.append(self._above_line(above, face))
        else:
            return
        for line in owed:
            self.note(line)

    def _above_line(self, level: int, face: Fraction) -> Line:
        if self.bonus.no_upline == "lost":
            return self._line(None, level, face, reason="no_upline")
        return self._line(Account(self.bonus.no_upline.removeprefix("account:")), level, face)

    def _line(self, payee: Payee, level: int, rate: Fraction, *, reason: str = "", of: str | None = None) -> Line:
        base = self.base * self.point
        if self.bonus.amounts is not None:
            base, rate = rate * self.point, Fraction(1)
        amount = base * rate
        if any(one.type.ratio for one in rates_of(self.bonus)):
            shown = rounded(rate, 8, "half_even")
            line = Line(self.bonus.id, payee, self.source, self.order, level, base, shown, amount, reason, of)
            return _changed(line, divided=True)
        return Line(self.bonus.id, payee, self.source, self.order, level, base, rate, amount, reason, of)

    # Rates.

    def _is_offered(self, level: int) -> bool:
        """Whether a level has a face rate."""
        bonus, index = self.bonus, level - self.bonus.first_level
        if bonus.rate is not None:
            return self._face(level) is not None
        lists = [bonus.rates or bonus.amounts or (), *(bonus.rates_by_rank or {}).values()]
        if bonus.rate_by_rank is not None or (any(index >= len(rates) for rates in lists if rates) and bonus.beyond):
            return True
        here = [rates[index] for rates in lists if index < len(rates)]
        return any(rate.text != "none" for rate in here)

    def _face(self, level: int) -> Fraction | None:
        bonus, index = self.bonus, level - self.bonus.first_level
        if bonus.rate is not None:
            return Fraction(0) if bonus.face_rate is None else self._at(bonus.face_rate, None, level)
        if bonus.rates is not None or bonus.amounts is not None:
            return self._of_list(bonus.amounts or bonus.rates or (), None, index, level)
        everybody = [self._of_rank(rank, None, index, level) for rank in self.twin.plan.rank_ids]
        return max((rate for rate in everybody if rate is not None), default=None)

    def _own_rate(self, person: str, level: int) -> Fraction | None:
        bonus, index = self.bonus, level - self.bonus.first_level
        if bonus.rate is not None:
            return self._at(bonus.rate, person, level)
        if bonus.rates is not None or bonus.amounts is not None:
            return self._of_list(bonus.amounts or bonus.rates or (), person, index, level)
        rank = self.twin.person_column("rank", person)
        return None if rank is None else self._of_rank(self.twin.plan.rank_ids[rank], person, index, level)

    def _of_rank(self, rank: str, person: str | None, index: int, level: int) -> Fraction | None:
        if self.bonus.rate_by_rank is not None:
            rate = self.bonus.rate_by_rank.get(rank)
            return None if rate is None else self._at(rate, person, level)
        rates = (self.bonus.rates_by_rank or {}).get(rank)
        return None if rates is None else self._of_list(rates, person, index, level)

    def _of_list(self, rates: tuple[Expression, ...], person: str | None, index: int, level: int) -> Fraction | None:
        rate = rates[index] if index < len(rates) else self.bonus.beyond
        if rate is not None and person is None and _asks_the_person(rate):
            return Fraction(0)  # what asks whoever is reached is worth nothing where nobody is
        return None if rate is None else self._at(rate, person, level)

    def _at(self, rate: Expression, person: str | None, level: int) -> Fraction | None:
        env = {**self.env, "level": Fraction(level)}
        found = self.twin.ask(rate, env if person is None else self._reached(person, level))
        return None if found is None else self._faded(Fraction(found), level)

    def _faded(self, rate: Fraction, level: int) -> Fraction:
        """With `decay`, the rate of a level above the first."""
        decay = self.bonus.decay
        if decay is None:
            return rate
        power = Fraction(str(decay.factor.constant)) ** (level - self.bonus.first_level)
        return rounded(rate * power, decay.places, self.twin.plan.rounding.mode.value)


class _Amounts(Offers):
    """A plain formula, per person or per order."""

    bonus: AmountBonus

    def offer_all(self, start: date, end: date) -> None:
        if self.bonus.source is None:
            for person in self.twin.people:
                self._offer({"self": person}, None)
            return
        for order in self.orders(start, end):
            whose = self.whose(order)
            if whose is not None:
                self._offer({"self": whose, **self.of_row(order)}, order["id"])

    def base_again(self, order: Mapping[str, Any], line: Line) -> Fraction | None:
        whose = self.whose(order)
        if whose is None:
            return None
        payee = None if isinstance(line.payee, Account) else line.payee
        env = {"self": whose, **self.of_row(order), "payee": payee}
        return Fraction(self.twin.ask(self.bonus.amount, env) * self.point)

    def _offer(self, env: dict[str, Any], order: str | None) -> None:
        bonus, ask, person = self.bonus, self.twin.ask, env["self"]
        if bonus.where is not None and not ask(bonus.where, env):
            return
        payee = person if bonus.payee is None else ask(bonus.payee, env)
        who = None if isinstance(payee, Account) else payee
        amount = ask(bonus.amount, {**env, "payee": who}) * self.point
        whose = person if isinstance(payee, Account) else payee
        source = None if order is None else person
        reason = "" if ask(bonus.qualifies, {**env, "self": whose}) else self.twin.reason(whose, env.get("before"))
        of = whose if isinstance(payee, Account) else None
        self.note(
            Line(bonus.id, whose if reason else payee, source, order, None, amount, Fraction(1), amount, reason, of)
        )


def _asks_the_person(rate: Expression) -> bool:
    names = [part.subject for part in walk(rate.node) if isinstance(part, Name)]
    return bool({"self", "payee", "child"} & {*names}) or any(isinstance(part, Aggregate) for part in walk(rate.node))


def _changed(line: Line, **values: Any) -> Line:
    return Line(**{**line.__dict__, **values})


def _merged(rows: list[Line], detail: str) -> list[Line]:
    """Lines as `detail` says; nothing makes no line."""
    groups: dict[Any, list[Line]] = {}
    for row in rows:
        groups.setdefault(_line_of(row, detail), []).append(row)
    merged = [_one(group, detail) for group in groups.values()]
    return [line for line in merged if line.amount]


def _line_of(row: Line, detail: str) -> Any:
    """What rows of one line have in common."""
    whose = (row.payee, row.reason)
    order = (row.source, row.order, row.level) if detail == "order" else (row.source, row.level)
    return (*whose, row.of, order) if detail != "payee" else whose


def _one(group: list[Line], detail: str) -> Line:
    rates = {line.rate for line in group}
    changes: dict[str, Any] = {
        "base": sum((line.base for line in group), Fraction(0)),
        "amount": sum((line.amount for line in group), Fraction(0)),
        "rate": rates.pop() if len(rates) == 1 else None,
    }
    if detail != "order":
        changes["order"] = None
    if detail == "payee":
        changes.update(source=None, level=None, of=None)
    return _changed(group[0], **changes)


def _by_payee(lines: list[Line], unit: Fraction, rounding: Callable[[Fraction], Fraction]) -> list[Fraction]:
    """Round each payee's total; cut the lines down, give missing units to the largest remainders, the first first."""
    amounts = [floor(line.amount / unit) * unit for line in lines]
    for payee in {line.payee for line in lines}:
        mine = [index for index, line in enumerate(lines) if line.payee == payee]
        total = rounding(sum((lines[index].amount for index in mine), Fraction(0)))
        missing = (total - sum((amounts[index] for index in mine), Fraction(0))) / unit
        largest = sorted(mine, key=lambda index: (amounts[index] - lines[index].amount, index))
        for index in largest[: int(missing)]:
            amounts[index] += unit
    return amounts
