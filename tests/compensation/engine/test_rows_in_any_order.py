"""The same inputs give the same bytes, whatever the order of their rows; what is out of the period plays no part."""

import random
import subprocess
import sys
from datetime import date
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from compensation.engine.small_plans import UNILEVEL, ledger, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.explain import why
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement

PLAN = plan(
    UNILEVEL + '[[bonuses]]\nid = "weekly"\ntype = "fast_start"\nkind = "levels"\nevery = "week"\nsource = "people"\n'
    'base = "personal"\npoint_value = 0.5\nrates = [0.01]\ncounts = "active"\nunpaid = "next"\n'
    'no_upline = "account:house"\nnegative = "zero"\ndetail = "payee"\n'
    '[carry]\nlifetime = { value = "previous.lifetime + personal", initial = 0 }\n',
    at="payee",
)


def people() -> list[dict[str, Any]]:
    """A forest with two roots, ids whose order is not that of their rows."""
    uplines = {"ann": None, "Zoe": "ann", "bob": "ann", "éve": "bob", "cid": "éve", "dan": None, "eli": "dan"}
    return [person(name, above, off=name in {"bob", "dan"}) for name, above in uplines.items()]


def orders() -> list[dict[str, Any]]:
    """Orders on few days, so that ids decide; refunds among them."""
    sellers = ["cid", "éve", "eli", "Zoe", "cid", "bob"]
    sales = [
        order(f"o{number}", seller, on=date(2026, 3, 2 + number % 2), cv=10 + number, pv=number)
        for number, seller in enumerate(sellers)
    ]
    return [*sales, order("r", "cid", on=date(2026, 3, 20), refund_of="o4", cv=-3, pv=-1)]


def run(seed: int | None = None) -> Result:
    """March, rows shuffled by a seed."""
    rows, sold = people(), orders()
    if seed is not None:
        chance = random.Random(seed)
        chance.shuffle(rows)
        chance.shuffle(sold)
    return run_engine(PLAN, world(rows, sold, company={"profit": 0}))


class TestDigest:
    """One number for everything that a run says."""

    @given(st.integers(0, 2**32))
    def test_shuffled_rows_give_the_same_digest_and_the_same_lines(self, seed: int) -> None:
        """People and orders alike."""
        plain, shuffled = run(), run(seed)

        assert shuffled.digest == plain.digest
        assert ledger(shuffled) == ledger(plain)
        assert [item.amount.tobytes() for item in shuffled.unpaid.segments] == [
            item.amount.tobytes() for item in plain.unpaid.segments
        ]

    def test_asking_why_changes_nothing(self) -> None:
        """Before and after every question the result is the same."""
        result = run()
        before = (run().digest, ledger(result))
        for name in result.network.ids.labels(np.arange(len(result.network))):
            why(result, name)
            statement(result, name).to_text()

        assert (result.digest, ledger(result)) == before

    def test_orders_of_many_years_are_compared_instead_of_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Both ways to sort by date and id give the same order."""
        counted = run(3)
        monkeypatch.setattr("mlmcore.compensation.arranged._DAYS_COUNTED", 0)

        assert run(3).digest == counted.digest

    def test_a_second_process_says_the_same(self) -> None:
        """Also with another hash seed."""
        program = "from compensation.engine.test_rows_in_any_order import run; print(run(7).digest)"
        ran = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "12345"},
        )

        assert ran.stdout.strip() == run().digest

    def test_another_number_anywhere_is_another_digest(self) -> None:
        """An order, a person, the period's plan."""
        sold = orders()
        sold[0] = {**sold[0], "volumes": {**sold[0]["volumes"], "pv": sold[0]["volumes"]["pv"] + 1}}
        other = run_engine(PLAN, world(people(), sold, company={"profit": 0}))
        elsewhere = run_engine(evolve(PLAN, version="2"), world(people(), orders(), company={"profit": 0}))

        assert len({run().digest, other.digest, elsewhere.digest}) == 3


class TestOutside:
    """What is not of the period."""

    def test_who_joins_after_the_period_is_not_in_the_run(self) -> None:
        """The last day is in it, the next is not."""
        rows = [
            person("last", None, joined=date(2026, 3, 31), off=False),
            person("late", None, joined=date(2026, 4, 1), off=False),
        ]
        result = run_engine(PLAN, world(rows, [], company={"profit": 0}))

        assert result.network.ids.labels(np.arange(len(result.network))) == ["last"]

    def test_orders_outside_play_no_part(self) -> None:
        """Neither in measures nor in bonuses of the month: the first and the last day are in it."""
        days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
        sold = [order(f"d{day:%m%d}", "bob", on=day, cv=100, pv=1) for day in days]
        result = run_engine(plan(), world(chain("ann", "bob", off=False), sold, company={"profit": 0}))

        assert ledger(result) == ["uni 1 ann d0301 5.00", "uni 1 ann d0331 5.00"]
        assert result.measures["personal"].text(1) == "2.00"

    def test_a_week_that_ends_in_the_month_brings_its_orders(self) -> None:
        """`every = "week"`: 2026-W09 began on 23 February; the days after 29 March belong to a week of April."""
        days = [date(2026, 2, 22), date(2026, 2, 23), date(2026, 3, 29), date(2026, 3, 30)]
        sold = [order(f"d{day:%m%d}", "bob", on=day, cv=100, pv=1) for day in days]
        weekly = plan(more='every = "week"\n')
        result = run_engine(weekly, world(chain("ann", "bob", off=False), sold, company={"profit": 0}))

        assert ledger(result) == ["uni 1 ann d0223 5.00", "uni 1 ann d0329 5.00"]
        assert result.measures["personal"].text(1) == "2.00"


class TestOrderOfLines:
    """Order, level, payee, source."""

    def test_payees_of_one_level_stand_by_their_ids(self) -> None:
        """The walk meets bob before ann; both are paid level 1, since nobody counts and the uncounted may be paid."""
        free = plan(UNILEVEL.replace('counts = "true"', 'counts = "false"\npay_uncounted = true'))
        sold = [order("two", "cid", cv=200, pv=0), order("one", "cid", cv=100, pv=0)]
        result = run_engine(free, world(chain("ann", "bob", "cid", off=False), sold, company={"profit": 0}))

        assert ledger(result) == [
            "uni 1 ann one 5.00",
            "uni 1 bob one 5.00",
            "uni 1 ann two 10.00",
            "uni 1 bob two 10.00",
        ]
