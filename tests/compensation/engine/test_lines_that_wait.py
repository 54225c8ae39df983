"""`minimum_unpaid = "carry"` and `deferred_until`: what is not paid now is carried, and nothing is lost on the way."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from compensation.engine.small_plans import CASH, ledger, plan, unpaid
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import why
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError

CARRIED = plan(CASH, more='minimum = 50\nminimum_unpaid = "carry"\n')
DEFERRED = plan(CASH, more='deferred_until = "active"\n')
EXPIRING = plan(CASH, more='deferred_until = "active"\ndeferred_expires = 2\n')
FIRST = [date(2026, month, 1) for month in range(3, 9)]


def months(by: Plan, *sold: str, off: str = "", left: str = "") -> list[Result]:
    """Month after month from March, bob selling so much in each: `30 10`; off in some months, in others not there."""
    found: list[Result] = []
    state = State.empty()
    for number, volumes in enumerate(sold):
        start, end = FIRST[number], FIRST[number + 1]
        people = chain("ann", "bob", off=str(number) in off)[: 1 if str(number) in left else 2]
        orders = [
            order(f"o{number}{at}", "bob", on=start, cv=abs(int(volume)), pv=0)
            for at, volume in enumerate(volumes.split())
        ]
        inputs = engine_inputs(by, world(people, orders, start, end, company={"profit": 0}))
        found.append(calculate(by, evolve(inputs, previous=state)))
        state = found[-1].handed_on()
    return found


def forward(result: Result) -> tuple[Any, Any]:
    """What was brought and what is carried."""
    return result.identity["cash"].brought, result.identity["cash"].carried


class TestMinimumCarried:
    def test_a_sum_below_it_joins_the_next_one(self) -> None:
        """20 and 20 wait; with 15 it is 55, and all of it is paid."""
        march, april, may = months(CARRIED, "20", "20", "15")

        assert [ledger(march), ledger(april)] == [[], []]
        assert ledger(may) == ["cash -1 bob - 20.00", "cash -1 bob - 20.00", "cash -1 bob o20 15.00"]
        assert [forward(month) for month in (march, april, may)] == [(0, 20), (20, 40), (40, 0)]

    def test_earned_counts_a_line_once(self) -> None:
        """In the period in which it was earned; `paid` where it is paid."""
        march, april = months(CARRIED, "20", "30")
        bob = int(april.network.ids.positions(["bob"])[0])

        earned = [month.published["cash.earned"].value(bob) for month in (march, april)]
        paid = [month.published["cash.paid"].value(bob) for month in (march, april)]

        assert (earned, paid) == ([20, 30], [0, 50])

    def test_whoever_is_not_in_the_run_keeps_it(self) -> None:
        """Bob is away in April, and gets all of it in May."""
        _, april, may = months(CARRIED, "20", "", "30", left="1")

        assert forward(april) == (20, 20)
        assert [line.split()[-1] for line in ledger(may)] == ["20.00", "30.00"]

    def test_nothing_new_leaves_it_waiting(self) -> None:
        """A month without a sale carries it on."""
        assert [forward(month) for month in months(CARRIED, "20", "", "")] == [(0, 20), (20, 20), (20, 20)]

    def test_from_one_sub_period_to_the_next(self) -> None:
        """Two weeks of 30 reach 50 together."""
        weekly = plan(CASH, more='every = "week"\nminimum = 50\nminimum_unpaid = "carry"\n')
        orders = [order(f"o{day}", "bob", on=date(2026, 3, day), cv=30, pv=0) for day in (3, 10)]

        result = calculate(weekly, engine_inputs(weekly, world(chain("ann", "bob"), orders, company={"profit": 0})))

        assert ledger(result) == ["cash -1 bob o3 30.00", "cash -1 bob o10 30.00"]


class TestDeferred:
    def test_a_line_is_locked_and_released_whole(self) -> None:
        """Off in March and April; in May 20 and 30 are paid beside 10 of its own."""
        march, april, may = months(DEFERRED, "20", "30", "10", off="01")

        assert [ledger(march), ledger(april)] == [[], []]
        assert [line.split()[-1] for line in ledger(may)] == ["20.00", "30.00", "10.00"]
        assert [forward(month) for month in (march, april, may)] == [(0, 20), (20, 50), (50, 0)]

    def test_a_released_line_still_says_of_which_order_it_is(self) -> None:
        """Of March, beside one of May."""
        *_, may = months(DEFERRED, "20", "", "10", off="01")
        (segment,) = may.lines.segments

        assert [may.order_of(segment, line) for line in range(len(segment))] == ["o00", "o20"]

    def test_it_expires_at_the_end_of_the_last_period(self) -> None:
        """Two periods after its own, unless the condition holds in that one."""
        *_, may = months(EXPIRING, "20", "", "", off="012")
        *_, in_time = months(EXPIRING, "20", "", "", off="01")

        assert (unpaid(may), forward(may)) == (["cash -1 bob expired 20"], (20, 0))
        assert ledger(in_time) == ["cash -1 bob - 20.00"]

    def test_somebody_who_is_back_too_late_gets_nothing(self) -> None:
        """Away in the two periods in which the line could be released; it is unpaid when they are back."""
        *_, may, june = months(EXPIRING, "20", "", "", "", off="0", left="12")

        assert forward(may) == (20, 20)
        assert (ledger(june), unpaid(june)) == ([], ["cash -1 bob expired 20"])

    def test_released_lines_are_not_capped_again(self) -> None:
        """The cap was asked in their own period."""
        more = 'deferred_until = "active"\n[[caps]]\nbonuses = ["cash"]\nper = ["payee"]\nlimit = 15\napply = "scale"\n'

        march, april = months(plan(CASH, more=more), "20", "40", off="0")

        assert unpaid(march) == ["cash -1 bob capped 5"]
        assert [line.split()[-1] for line in ledger(april)] == ["15.00", "15.00"]

    def test_accounts_wait_for_nothing(self) -> None:
        """They have no column that could hold."""
        (march,) = months(plan(CASH + 'payee = "house"\n', more='deferred_until = "active"\n'), "20", off="0")

        assert (march.accounts.total, forward(march)) == (2000, (0, 0))

    def test_a_period_in_which_the_bonus_does_not_run_releases_too(self) -> None:
        """What is locked has been earned."""
        by = plan(CASH, more='deferred_until = "active"\nwhen = "month(period.start) == 3"\n')

        _, april = months(by, "20", "30", off="0")

        assert (ledger(april), forward(april)) == (["cash -1 bob - 20.00"], (20, 0))


class TestWords:
    def test_why_tells_what_waits_and_what_was_released(self) -> None:
        """With the order and the period from which it comes."""
        march, april = months(DEFERRED, "20", "", off="0")

        (waits,), (paid,) = why(march, "bob").amounts, why(april, "bob").amounts

        assert (waits.kind, waits.amount, waits.order, waits.reason) == ("carried", Decimal(20), "o00", "deferred")
        assert waits.because == "active is false: off = true; from 2026-03"
        assert (paid.kind, paid.amount, paid.order) == ("paid", Decimal(20), "o00")
        assert paid.because == "brought forward from 2026-03; active is true: off = false"

    def test_a_statement_has_a_part_for_it(self) -> None:
        """After what is not paid."""
        (march,) = months(CARRIED, "20")

        text = statement(march, "bob").to_text()

        assert "Carried forward" in text
        assert "order o00, from bob: cv = 20.00; carried: the sum is below the minimum; from 2026-03" in text


class TestPreviousStates:
    def rows(self, **columns: Any) -> State:
        """A state with one line that bob waits for."""
        (march,) = months(DEFERRED, "20", off="0")
        state = march.handed_on()
        (name,) = state.rows
        return evolve(state, rows={name: CarriedRows(columns={**state.rows[name].columns, **columns})})

    def run(self, by: Plan, state: State) -> Result:
        """April."""
        inputs = engine_inputs(by, world(chain("ann", "bob"), [], FIRST[1], FIRST[2], company={"profit": 0}))
        return calculate(by, evolve(inputs, previous=state))

    def test_lines_that_the_plan_lets_wait_no_more_are_refused(self) -> None:
        """Rather than lost."""
        with pytest.raises(InputError) as caught:
            self.run(plan(CASH), self.rows())

        assert str(caught.value) == (
            "previous.cash.waiting: lines of cash wait for a condition, and the plan lets none of them wait for it; "
            "pay them by an adjustment and take them out of the previous state, or let them wait on"
        )

    def test_what_is_handed_on_says_how_old_a_line_is(self) -> None:
        """In whole periods; a line without a level has none."""
        _, april = months(DEFERRED, "20", "", off="01")

        columns = april.handed_on().rows["cash.waiting"].columns

        assert {name: columns[name].text(0) for name in ("payee", "period", "level", "amount", "age")} == {
            "payee": "bob",
            "period": "2026-03",
            "level": "none",
            "amount": "20.00",
            "age": "1",
        }

    def test_the_order_of_the_rows_changes_nothing(self) -> None:
        """Lines stand in an order of their own."""
        (march,) = months(DEFERRED, "20 30 10", off="0")
        state = march.handed_on()
        rows = state.rows["cash.waiting"].columns
        turned = {name: column.take([2, 0, 1]) for name, column in rows.items()}  # type: ignore[arg-type]

        one, other = (
            self.run(DEFERRED, evolve(state, rows={"cash.waiting": CarriedRows(columns=columns)}))
            for columns in (rows, turned)
        )

        assert one.digest == other.digest
