"""`as_of = "event"` and `position(COND)`: what was known just before an order or event, and which one it is."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.dated.small_cases import HEADER, INPUTS, VOLUMES, assert_case
from compensation.engine.small_plans import JUST_BEFORE, ledger
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError

PEOPLE = "people: |\n  ann\n    bob\n"
AMOUNT = JUST_BEFORE.replace("negative =", "point_value = 1\nnegative =")
ORDERS = """\
orders:
  - {id: c, seller: bob, date: 2026-03-05, pv: 30, cv: 1}
  - {id: b, seller: bob, date: 2026-03-05, pv: 20, cv: 1}
  - {id: a, seller: bob, date: 2026-03-09, pv: 10, cv: 1}
  - {id: d, seller: ann, date: 2026-03-01, pv: 500, cv: 1}
"""


def in_lines(**amounts: str) -> str:
    """Expected lines of the bonus `step` by order."""
    rows = "".join(f"  - {{bonus: step, order: {name}, amount: {amount}}}\n" for name, amount in amounts.items())
    return f"lines:\n{rows}"


class TestAsOfEvent:
    """Every column is taken just before the order or event, by date and then id."""

    def test_a_measure_sums_what_stands_before(self, tmp_path: Path) -> None:
        """On one day the smaller id comes first, and the order itself is not yet in it."""
        plan = '[measures]\nsold = "sum(orders, pv)"\n' + AMOUNT.format(amount="sold + pv")
        case = f"period: 2026-03\n{PEOPLE}{ORDERS}{in_lines(b='20', c='50', a='60', d='500')}"
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_other_columns_are_as_they_are(self, tmp_path: Path) -> None:
        """Attributes and what the period before handed on; a measure of measures asks those just before too."""
        plan = """
[measures]
sold = "sum(orders, pv)"
all_time = "previous.life + sold"
[carry]
life = { value = "all_time", initial = 0 }
""" + AMOUNT.format(amount="all_time if joined < 2026-01-01 else 0")
        case = f"period: 2026-03\n{PEOPLE}{ORDERS}previous:\n  bob: {{life: 7}}\n{in_lines(b='7', c='27', a='57')}"
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_orders_and_events_stand_in_one_order(self, tmp_path: Path) -> None:
        """An order before an event of the same day and id."""
        plan = """
[measures]
sold = "sum(orders, pv) + 1000 * count(events.cycles)"
[[bonuses]]
id = "step"
type = "retail"
kind = "amount"
source = "events.cycles"
as_of = "event"
amount = "sold"
point_value = 1
negative = "charge"
"""
        case = f"""\
period: 2026-03
{PEOPLE}{ORDERS}events:
  cycles:
    - {{id: b, person: bob, date: 2026-03-05}}
    - {{id: bb, person: bob, date: 2026-03-05}}
    - {{id: z, person: bob, date: 2026-03-31}}
{in_lines(b="20", bb="1020", z="2060")}"""
        assert_case(tmp_path, plan, case)

    def test_walks_rate_the_payee_as_of_the_order(self, tmp_path: Path) -> None:
        """Ann's own orders before bob's."""
        plan = """
[measures]
sold = "sum(orders, pv)"
[[bonuses]]
id = "step"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
as_of = "event"
base = "pv"
point_value = 1
rate = "0.10 if sold >= 500 else 0.01"
depth = 1
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
        orders = ORDERS.replace("2026-03-01, pv: 500", "2026-03-07, pv: 500")
        case = f"period: 2026-03\n{PEOPLE}{orders}{in_lines(b='0.20', c='0.30', a='1.00')}"
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_a_refund_takes_back_by_what_was_known_at_its_original(self, tmp_path: Path) -> None:
        """The share is the formula's value over the original's, at the original's moment."""
        header = (HEADER + VOLUMES).replace('refunds = "current"', 'refunds = "original"')
        plan = '[measures]\nsold = "sum(orders, pv)"\n' + AMOUNT.format(
            amount="pv * (0.10 if sold >= 20 and position(true) == 2 else 0.01)"
        )
        orders = f"{ORDERS}  - {{id: r, seller: bob, date: 2026-03-20, pv: -15, cv: -1, refund_of: c}}\n"
        case = f"period: 2026-03\n{PEOPLE}{orders}{in_lines(b='0.20', c='3.00', a='0.10', r='-1.50')}"
        assert_case(tmp_path, plan, case, header=header)

    @pytest.mark.parametrize("asks", ['as_of = "event"\n', 'where = "position(true) == 1"\n'])
    def test_a_refund_of_another_weeks_order_takes_back_its_part_of_what_was_paid(self, asks: str) -> None:
        """Half of every volume is half of the line, whatever was known when it was paid."""
        header = (HEADER + VOLUMES).replace('refunds = "current"', 'refunds = "original"')
        plan = loads_plan(
            header + JUST_BEFORE.format(amount="cv").replace('as_of = "event"\n', f'every = "week"\n{asks}')
        )
        sold = [
            order("o", "a", on=FIRST, pv=4, cv=10),
            order("r", "a", on=FIRST + timedelta(days=9), pv=-2, cv=-5, refund_of="o"),
        ]

        assert ledger(run_engine(plan, world([person("a")], sold))) == ["step -1 a o 10.00", "step -1 a r -5.00"]

    @pytest.mark.parametrize("asks", ['as_of = "event"\n', 'where = "position(true) == 1"\n'])
    def test_different_parts_of_another_weeks_order_are_refused(self, asks: str) -> None:
        """What was known then is not any more, and nothing is taken back by guess."""
        header = (HEADER + VOLUMES).replace('refunds = "current"', 'refunds = "original"')
        on_both = JUST_BEFORE.format(amount="cv if pv != 0 else 0")
        plan = loads_plan(header + on_both.replace('as_of = "event"\n', f'every = "week"\n{asks}'))
        sold = [
            order("o", "a", on=FIRST, pv=4, cv=10),
            order("r", "a", on=FIRST + timedelta(days=9), pv=0, cv=-5, refund_of="o"),
        ]

        with pytest.raises(InputError) as caught:
            run_engine(plan, world([person("a")], sold))

        assert str(caught.value) == (
            "order r: step asks what was known just before its original o, which was paid in another period; "
            'write refunds = "current" in the plan, or take the refund back by an adjustment'
        )

    @settings(max_examples=40, deadline=None)
    @given(
        rows=st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.integers(-2, 6)), max_size=8),
        word=st.sampled_from(["sum", "count", "max", "min", "any", "all"]),
    )
    def test_every_function_agrees_with_the_twin(self, rows: list[tuple[int, str, int]], word: str) -> None:
        """A twin that looks back through all orders for each one; negative ones are refunds of a first order."""
        text = {
            "count": "count(orders, cv > 2)",
            "any": "1 if any(orders, cv > 4) else 0",
            "all": "1 if all(orders, cv > 0) else 0",
            "min": "min(orders, cv, where=date > 2026-03-01, default=99)",
        }.get(word, f"{word}(orders, cv)")
        plan = loads_plan(HEADER + VOLUMES + f'[measures]\nseen = "{text}"\n' + JUST_BEFORE.format(amount="100 + seen"))
        sold = [order(f"x{who}", who, on=FIRST, pv=0, cv=50) for who in "ab"]
        for number, (day, who, pv) in enumerate(rows):
            original = f"x{who}" if pv < 0 else None
            sold.append(order(f"o{7 - number}", who, on=FIRST + timedelta(days=day), pv=0, cv=pv, refund_of=original))

        lines = ledger(run_engine(plan, world([person("a"), person("b")], sold)))

        paid = {line.split()[3]: line.split()[4] for line in lines}
        assert paid == {one["id"]: f"{100 + twin_of(word, one, sold):.2f}" for one in sold}


FIRST = date(2026, 3, 1)


def twin_of(word: str, paid: dict[str, Any], sold: list[dict[str, Any]]) -> int:
    """What the aggregate was just before an order."""
    before = [
        one for one in sold if one["seller"] == paid["seller"] and (one["date"], one["id"]) < (paid["date"], paid["id"])
    ]
    all_of = [int(one["volumes"]["cv"]) for one in before]
    own = [int(one["volumes"]["cv"]) for one in before if one["refund_of"] is None]
    late = [int(one["volumes"]["cv"]) for one in before if one["refund_of"] is None and one["date"] > FIRST]
    return {
        "sum": sum(all_of),
        "count": sum(pv > 2 for pv in own),
        "max": max(own, default=0),
        "min": min(late, default=99),
        "any": int(any(pv > 4 for pv in own)),
        "all": int(all(pv > 0 for pv in own)),
    }[word]


class TestPosition:
    """`position(COND)`: the ordinal among the person's orders or events of the period for which COND held."""

    def test_counts_by_date_and_then_id_and_is_0_where_it_does_not_hold(self, tmp_path: Path) -> None:
        """Where it is not asked as of the event too."""
        amount = "1000 * position(true) + 10 * position(pv != 30) + 1"
        plan = JUST_BEFORE.format(amount=amount).replace('as_of = "event"\n', "")
        case = f"period: 2026-03\n{PEOPLE}{ORDERS}{in_lines(b='1011', c='2001', a='3021', d='1011')}"
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_order_reaches_the_paid_one(self, tmp_path: Path) -> None:
        """Bare names are the counted one's: which order of this day it is; what is behind plays no part."""
        plan = JUST_BEFORE.format(amount="10 * position(date == order.date) + position(pv >= order.pv)")
        case = f"period: 2026-03\n{PEOPLE}{ORDERS}{in_lines(b='11', c='21', a='13', d='11')}"
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_the_condition_is_asked_as_of_the_counted_one(self, tmp_path: Path) -> None:
        """Columns of the person just before each."""
        plan = '[measures]\nsold = "sum(orders, pv)"\n' + JUST_BEFORE.format(amount="position(sold >= 20)")
        case = f"period: 2026-03\n{PEOPLE}{ORDERS}{in_lines(c='1', a='2')}"
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_refunds_are_skipped(self, tmp_path: Path) -> None:
        """A refund that walks like an order is none of those counted."""
        plan = JUST_BEFORE.format(amount="10 + position(true)")
        orders = f"{ORDERS}  - {{id: bb, seller: bob, date: 2026-03-05, pv: -15, cv: 0, refund_of: b}}\n"
        case = f"period: 2026-03\n{PEOPLE}{orders}{in_lines(b='11', bb='10', c='12', a='13', d='11')}"
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_where_and_events(self, tmp_path: Path) -> None:
        """The third demonstration of the month pays; `where` leaves none out of the count."""
        plan = """
[[bonuses]]
id = "step"
type = "retail"
kind = "amount"
source = "events.cycles"
where = "position(size > 0) == 3"
amount = "5"
"""
        rows = "".join(f"    - {{id: e{n}, person: bob, date: 2026-03-0{9 - n}, size: {n % 4}}}\n" for n in range(6))
        case = f"period: 2026-03\n{PEOPLE}events:\n  cycles:\n{rows}expect:\n  bob: {{step: 5}}\n{in_lines(e2='5')}"
        assert_case(tmp_path, plan, case, header=HEADER + INPUTS)

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 5)), max_size=9),
        st.sampled_from(["pv > 1", "pv >= order.pv", "pv == order.pv and date <= order.date"]),
    )
    def test_agrees_with_the_twin(self, rows: list[tuple[int, str, int]], condition: str) -> None:
        """A twin that counts."""
        plan = loads_plan(HEADER + VOLUMES + JUST_BEFORE.format(amount=f"100 + position({condition})"))
        sold = [
            order(f"o{9 - number}", who, on=FIRST + timedelta(days=day), pv=pv, cv=0)
            for number, (day, who, pv) in enumerate(rows)
        ]

        lines = ledger(run_engine(plan, world([person("a"), person("b")], sold)))

        paid = {line.split()[3]: line.split()[4] for line in lines}
        assert paid == {one["id"]: f"{100 + ordinal_of(condition, one, sold):.2f}" for one in sold}


def ordinal_of(condition: str, paid: dict[str, Any], sold: list[dict[str, Any]]) -> int:
    """Which of the person's orders it is."""

    def holds(one: dict[str, Any]) -> bool:
        pv, of_paid = one["volumes"]["pv"], paid["volumes"]["pv"]
        return bool({"pv > 1": pv > 1, "pv >= order.pv": pv >= of_paid}.get(condition, pv == of_paid))

    before = [one for one in sold if one["seller"] == paid["seller"] and key(one) <= key(paid)]
    return sum(map(holds, before)) if holds(paid) else 0


def key(one: dict[str, Any]) -> tuple[date, str]:
    """Orders stand by date, then id."""
    return one["date"], one["id"]


class TestWhy:
    """`why` tells the condition of a line with the values that it had just before."""

    def test_what_an_order_asked_is_told_with_its_values(self) -> None:
        """Not those of the period's end."""
        plan = loads_plan(
            HEADER
            + VOLUMES
            + '[measures]\nsold = "sum(orders, cv)"\n'
            + JUST_BEFORE.format(amount="1")
            + 'qualifies = "sold >= 20 and order.cv > 5 and position(true) < 9"\n'
        )
        sold = [order(f"o{number}", "a", on=FIRST, pv=0, cv=12) for number in range(3)]

        said = statement(run_engine(plan, world([person("a")], sold)), "a").to_text()

        words = "not_qualified: sold >= 20 and order.cv > 5 and position(true) < 9 is false just before the order"
        assert f"order o1, from a: 1 = 1; {words}: sold = 12.00, cv = 12.00" in said
        assert "order o2, from a: 1 = 1 " in said
