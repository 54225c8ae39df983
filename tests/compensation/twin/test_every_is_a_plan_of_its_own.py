"""`every` against the plainest of twins: a plan whose own periods are the weeks, or the quarters, of a monthly one.

Where a bonus names nothing but orders, a week's bonus in a monthly plan and the same bonus in a weekly plan are one
thing: over some months every line, every unpaid line and everything that is handed on in the end agree, whatever it
remembers from one week to the next. This holds every kind of bonus that has a memory, one beside the other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation._row_names import SINCE, WAITING, row_name
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.periods import Period

HEADER = """\
[plan]
id = "twin"
version = "1"
effective_from = 2025-12-01
period = "{period}"
currency = "USD"
rounding = {{ mode = "half_up", places = 2, at = "line" }}
tree = "placement"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "{refunds}"
accounts = ["house"]
[inputs]
trees = ["placement"]
volumes = {{ cv = "money" }}
[tables.performance]
by = "threshold"
rows = [[0, 0.01], [60, 0.03], [150, 0.06]]
below = 0
"""
BONUSES = {
    "uni": """
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.07, 0.05]
counts = "true"
pays = "count(orders) > 0"
unpaid = "next"
no_upline = "account:house"
""",
    "merged": """
kind = "levels"
source = "people"
base = "max(0, sum(orders, cv))"
rates = [0.11, 0.07]
counts = "count(orders) > 0"
unpaid = "lost"
no_upline = "lost"
""",
    "steps": """
kind = "differential"
source = "orders"
from = "seller"
base = "cv"
rate = "lookup(performance, sum(orders, cv))"
initial = 0
first_level = 0
equal = { rate = 0.01, generations = 1 }
""",
    "first": """
kind = "amount"
source = "orders"
from = "seller"
payee = "sponsor(id, default=house)"
where = "cv >= 40"
amount = "0.1 * cv"
once_per = ["source", "lifetime"]
""",
    "before": """
kind = "levels"
source = "orders"
from = "seller"
as_of = "event"
base = "cv"
rates = [0.09, 0.06]
counts = "true"
pays = "sum(orders, cv) >= 40"
unpaid = "lost"
no_upline = "lost"
""",
    "second": """
kind = "amount"
source = "orders"
from = "seller"
amount = "(0.2 if position(cv >= 33) >= 2 else 0.1) * cv"
""",
    "award": """
kind = "amount"
amount = "5.55 if sum(orders, cv) >= 100 else 0"
qualifies = "count(orders) >= 2"
once_per = "lifetime"
""",
    "own": """
kind = "amount"
amount = "0.03 * sum(orders, cv)"
qualifies = "count(orders) >= 2"
""",
    "pairs": """
kind = "binary"
volume = "sum(orders, cv)"
pay = "pairs"
unit = 30
ratio = "1:1"
amount = 2.25
after = "subtract"
cap = { pairs = 2 }
over_cap = "carry"
pays = "count(orders) > 0"
inactive = "freeze"
""",
    "pot": """
kind = "pool"
fund = "0.02 * company.cv"
release = "pot.fund >= 3"
eligible = "count(orders) > 0"
order_by = "sum(orders, cv)"
ties = "share"
top = 2
shares = "3 - place"
share_value = "exact"
remainder = "largest_remainder"
nobody = "carry"
""",
}
OF_A_MOMENT = ("before", "second")
"""What was known just before an order of another week is not known any more: its refund is refused."""
MINIMUM = 'minimum = 4\nminimum_unpaid = "carry"\n'
LEAST = 'minimum = 4\nminimum_unpaid = "lost"\n'
WHEN = 'when = "company.cv >= 100"\n'
MONTHS = {"week": ("2026-03", 3), "quarter": ("2026-01", 6), "day": ("2026-03", 1)}
PEOPLE = (("a", None, 0), ("b", "a", 1), ("c", "a", 2), ("d", "b", 1), ("e", "b", 2), ("f", "d", 1))


def plan_of(names: Sequence[str], period: str, every: str, refunds: str, more: str) -> Plan:
    """Some of the bonuses, in a plan of such periods."""
    bonuses = (
        f'[[bonuses]]\nid = "{name}"\ntype = "unilevel"\nnegative = "charge"\n{every}{more}{BONUSES[name]}'
        for name in names
    )
    return loads_plan(HEADER.format(period=period, refunds=refunds) + "".join(bonuses))


def periods(kind: str) -> tuple[list[Period], list[Period]]:
    """Months, and the weeks or quarters that end in them."""
    first, count = MONTHS[kind]
    months = [Period.parse(first)]
    while len(months) < count:
        months.append(months[-1].next())
    return months, [part for month in months for part in month.subperiods(PeriodKind(kind))]


@st.composite
def sales(draw: st.DrawFn, first: date, days: int) -> list[dict[str, Any]]:
    """Orders of some days, some of them given back later, at once or in two parts."""
    found = []
    for number in range(draw(st.integers(1, 16))):
        seller, at = draw(st.sampled_from(PEOPLE))[0], draw(st.integers(0, days))
        cents = draw(st.sampled_from([4000, 3000, 10000, 3333, 7125]))
        found.append(order(f"o{number:02}", seller, on=first + timedelta(days=at), cv=Fraction(cents, 100)))
        for part, back in enumerate(draw(st.sampled_from([(), (), (), (cents,), (cents // 2,), (1000, cents - 1000)]))):
            at = min(days, at + draw(st.integers(0, 45)))
            on, cv = first + timedelta(days=at), Fraction(-back, 100)
            found.append(order(f"r{number:02}{part}", seller, on=on, refund_of=f"o{number:02}", cv=cv))
    return found


def run(plan: Plan, spans: Sequence[Period], orders: list[dict[str, Any]]) -> Iterator[Result]:
    """Each period with what the one before handed on."""
    people = [{**person(name, trees={"placement": above}), "legs": {"placement": leg}} for name, above, leg in PEOPLE]
    state = State.empty()
    for span in spans:
        inputs = engine_inputs(plan, world(people, orders, span.start, span.end))
        result = calculate(plan, evolve(inputs, previous=state))
        state = result.handed_on()
        yield result


def came_of(results: Sequence[Result]) -> dict[str, Any]:
    """Everything that a bonus did over all periods, and what it hands on in the end."""
    return {
        "lines": Counter(line for result in results for line in _lines(result)),
        "unpaid": Counter(line for result in results for line in _unpaid(result)),
        "accounts": sum(result.accounts.total for result in results),
        "carried": [
            (name, column.text(row)) for name, column in results[-1].carried.items() for row in range(len(column))
        ],
        "rows": {name: _rows(rows.columns) for name, rows in results[-1].carried_rows.items() if name != SINCE},
        "entitled": sum(part.entitled for result in results for part in result.identity.values()),
    }


def _lines(result: Result) -> Iterator[tuple[Any, ...]]:
    for item in result.lines.segments:
        for row in range(len(item)):
            traced = tuple(int(column[row]) for column in (item.payee, item.source, item.level, item.amount))
            yield item.bonus, _order(result, item, row), *traced, item.base_of(row)


def _unpaid(result: Result) -> Iterator[tuple[Any, ...]]:
    for item in result.unpaid.segments:
        for row in range(len(item)):
            traced = tuple(int(column[row]) for column in (item.payee, item.source, item.level, item.reason))
            yield item.bonus, _order(result, item, row), *traced, item.amount_of(row)


def _order(result: Result, item: Any, row: int) -> str:
    """The order of a line; of one that waited since an earlier run as that has handed it on."""
    waited, order = int(item.brought[row]), int(item.order[row])
    if waited >= 0:
        before = result.rows.previous.rows[row_name(item.bonus, WAITING)]
        return before.columns["order"].text(waited)
    return result.orders.ids.label(order) if order >= 0 else "none"


def _rows(columns: Any) -> Counter[tuple[Any, ...]]:
    """Rows, whatever their order; when a line began to wait is a week's in one plan and a month's in the other."""
    told = [column for name, column in sorted(columns.items()) if name not in {"period", "age"}]
    return Counter(tuple(column.value(row) for column in told) for row in range(len(told[0]) if told else 0))


@st.composite
def drawn(draw: st.DrawFn, kind: str, *, back: bool) -> tuple[list[str], str, list[dict[str, Any]]]:
    """Some bonuses, what they do with small sums and in weak weeks, and orders from the first day to the last one."""
    known = [name for name in BONUSES if not back or name not in OF_A_MOMENT]
    names = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True))
    _, parts = periods(kind)
    days = (parts[-1].last_day - parts[0].start).days
    more = draw(st.sampled_from(["", "", MINIMUM, LEAST])) + draw(st.sampled_from(["", WHEN]))
    return names, more, draw(sales(parts[0].start, days))


def check(kind: str, refunds: str, names: list[str], more: str, orders: list[dict[str, Any]]) -> None:
    """Both plans come to the same."""
    note(f"{names} {more} {[(one['id'], str(one['date']), str(one['volumes']['cv'])) for one in orders]}")
    months, parts = periods(kind)
    monthly = plan_of(names, "month", f'every = "{kind}"\n', refunds, more)
    alone = plan_of(names, kind, "", refunds, more)

    one, other = (came_of(list(run(*both, orders))) for both in ((monthly, months), (alone, parts)))

    for what, came in one.items():
        assert came == other[what], what


class TestEveryIsAPlanOfItsOwn:
    """A week, a day or a quarter in a monthly plan."""

    @given(given_=drawn("week", back=False))
    @settings(max_examples=4, deadline=None)
    def test_weeks(self, given_: tuple[list[str], str, list[dict[str, Any]]]) -> None:
        """Three months, fourteen weeks."""
        check("week", "current", *given_)

    @given(given_=drawn("week", back=True))
    @settings(max_examples=4, deadline=None)
    def test_weeks_whose_refunds_take_back(self, given_: tuple[list[str], str, list[dict[str, Any]]]) -> None:
        """What an earlier week has paid, be it of this month or of an earlier one."""
        check("week", "original", *given_)

    @given(given_=drawn("quarter", back=False))
    @settings(max_examples=4, deadline=None)
    def test_quarters(self, given_: tuple[list[str], str, list[dict[str, Any]]]) -> None:
        """Six months, two quarters."""
        check("quarter", "current", *given_)

    @given(given_=drawn("quarter", back=True))
    @settings(max_examples=4, deadline=None)
    def test_quarters_whose_refunds_take_back(self, given_: tuple[list[str], str, list[dict[str, Any]]]) -> None:
        """Of the quarter before, and of this one."""
        check("quarter", "original", *given_)

    @given(given_=drawn("day", back=True))
    @settings(max_examples=2, deadline=None)
    def test_days(self, given_: tuple[list[str], str, list[dict[str, Any]]]) -> None:
        """A month of them."""
        check("day", "original", *given_)
