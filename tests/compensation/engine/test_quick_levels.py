"""The quick way of `levels` pays what the long way pays, with one thread or several; and it is taken where it may."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.engine.small_plans import HEADER, UNILEVEL, ledger, plan
from compensation.twin import strategies
from compensation.twin.engine_runs import engine_inputs, run_engine
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.bonuses import _sourced
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.genealogy import shares, threads
from reference.engine import Inputs

BONUS = """
[[bonuses]]
id = "uni"
type = "unilevel"
kind = "levels"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
SOURCES = (
    'source = "orders"\nfrom = "seller"\nbase = "cv"',
    'source = "orders"\nfrom = "buyer"\ncustomer = "under_seller"\nbase = "cv"',
    'source = "orders"\nfrom = "buyer"\ncustomer = "skip"\nbase = "pv"\npoint_value = 0.37',
    'source = "people"\nbase = "personal"\npoint_value = 0.5',
    'source = "orders"\nfrom = "seller"\nbase = "cv"\nevery = "week"',
)
RATES = (
    "rates = [0.05, 0.03]",
    "rates = [0.055, 0, 0.0125]",
    "rates = [0.1, -0.04]",
    'rates = [0.05]\nbeyond = 0.01\ndepth = "unlimited"\nslow = true',
    "rate = 0.07\nface_rate = 0.07\ndepth = 3",
    "rates = { bronze = [0.05], silver = [0.07, 0.02], gold = [0.1, 0.05, 0.03] }",
)
OPTIONS = (
    "first_level = 0",
    "first_level = 2",
    "source_counts = true",
    "pay_uncounted = true",
    'stop_at = "autoship"\nstop = "before"',
    'stop_at = "personal < 3"\nstop = "after"',
    'tree = "enroller"',
    'minimum = "0.50"\nminimum_unpaid = "lost"',
    'depth = "1 if autoship else 3"',
    'depth = "active"',
)
CONDITIONS = ("true", "active", "autoship", "personal > 2 or autoship")


RANKS = """
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "bronze"
requires = "true"
[[ranks]]
id = "silver"
requires = "personal > 1"
[[ranks]]
id = "gold"
requires = "volume > 5"
"""


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan of one bonus that the quick way takes."""
    header = strategies.HEADER.format(
        refunds=draw(st.sampled_from(["current", "original"])),
        mode=draw(st.sampled_from(strategies.MODES)),
        places=draw(st.sampled_from([0, 1, 2])),
        at="line",
        active=draw(st.sampled_from(['active = "active"', ""])),
        volume="sum(group, personal)",
        few="count(front)",
        some="true",
        ranks=RANKS,
    )
    asked = draw(st.sets(st.sampled_from(OPTIONS), max_size=3))
    keys = [option.split(" ", maxsplit=1)[0] for option in asked]
    rates = draw(st.sampled_from([text for text in RATES if not ("depth" in text and "depth" in keys)]))
    conditions = f'counts = "{draw(st.sampled_from(CONDITIONS))}"\npays = "{draw(st.sampled_from(CONDITIONS))}"'
    options = {option.split(" ", maxsplit=1)[0]: option for option in sorted(asked)}.values()
    return loads_plan("\n".join([header, BONUS, draw(st.sampled_from(SOURCES)), conditions, *options, rates]))


@contextmanager
def the_long_way() -> Iterator[None]:
    """Nothing is paid quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sourced, "quickly_weighed", lambda *_: None)
        yield


def said(result: Result) -> Any:
    """Everything that a result says, as bytes."""
    missed = [getattr(part, name).tobytes() for part in result.missed for name in ("payee", "amount", "reason")]
    return result.digest, missed, result.identity


class TestBothWays:
    """The quick way and the long way."""

    @given(plan=plans(), inputs=strategies.inputs().map(strategies.march_only))
    @settings(max_examples=60, deadline=None)
    def test_they_say_the_same(self, plan: Plan, inputs: Inputs) -> None:
        """Lines, unpaid lines, what everybody earned, and the identity."""
        given_inputs = engine_inputs(plan, inputs)
        with the_long_way():
            slow = calculate(plan, given_inputs)

        assert said(calculate(plan, given_inputs)) == said(slow)

    @given(plan=plans(), inputs=strategies.inputs().map(strategies.march_only))
    @settings(max_examples=15, deadline=None)
    def test_three_threads_say_what_one_says(self, plan: Plan, inputs: Inputs) -> None:
        """Identical bytes, however many threads there are."""
        given_inputs = engine_inputs(plan, inputs)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threads, "_SMALLEST_PART", 1)
            together = calculate(plan, given_inputs, threads=3)

        assert said(together) == said(calculate(plan, given_inputs, threads=1))


class TestInAnotherTree:
    def test_whoever_does_not_count_is_passed_over_there(self) -> None:
        """Cid, off, stands between bob and dan in both trees, which are each other's reverse."""
        header = HEADER.format(refunds="current", at="line").replace('["sponsor"]', '["sponsor", "other"]')
        by = UNILEVEL.replace('counts = "true"', 'counts = "active"') + 'tree = "other"\n'
        names = ("ann", "bob", "cid", "dan")
        uplines = zip(names, (None, *names), (*names[1:], None), strict=False)
        people = [person(name, one, trees={"other": two}, off=name == "cid") for name, one, two in uplines]

        result = run_engine(
            loads_plan(header + by), world(people, [order("sale", "ann", cv=100, pv=0)], company={"profit": 0})
        )

        assert ledger(result) == ["uni 1 bob sale 5.00", "uni 2 dan sale 3.00"]


class TestWhichWay:
    """Which bonuses go the quick way."""

    def taken(self, monkeypatch: pytest.MonkeyPatch, of: Plan, *, cv: int = 10) -> int:
        """How often the loop wrote lines in a month of one order."""
        written: list[int] = []
        write = shares.Sharing.write

        def counted(sharing: shares.Sharing, *columns: Any) -> None:
            written.append(1)
            write(sharing, *columns)

        monkeypatch.setattr(shares.Sharing, "write", counted)
        inputs = world(chain("ann", "bob", off=False), [order("sale", "bob", cv=cv, pv=cv)], company={"profit": 0})
        calculate(of, engine_inputs(of, inputs))
        return len(written)

    def test_the_levels_of_the_plan_that_ships_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Fast start, unilevel and matching."""
        text = files("mlmcore.compensation.shipped").joinpath("starter.toml").read_text(encoding="utf-8")

        assert self.taken(monkeypatch, loads_plan(text)) == 3

    @pytest.mark.parametrize(
        "line",
        [
            'detail = "payee"',
            'pays = "source.off or active"',
            'unpaid = "next"',
            'no_upline = "account:house"',
            'rates = ["0.05 if active else 0.01"]',
            "ledger = false",
        ],
    )
    def test_what_asks_for_more_does_not(self, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
        """Merged lines, pairs, levels that go elsewhere, formulas, columns."""
        key = line.split(" ", maxsplit=1)[0]
        kept = [part for part in UNILEVEL.splitlines() if part.split(" ", maxsplit=1)[0] != key]

        assert self.taken(monkeypatch, plan(UNILEVEL)) == 1
        assert self.taken(monkeypatch, plan("\n".join([*kept, line, ""]))) == 0

    def test_rounding_over_a_payee_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its lines depend on each other."""
        assert self.taken(monkeypatch, plan(at="payee")) == 0

    def test_amounts_that_may_leave_int64_do_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The long way adds them up in whole numbers of any size."""
        assert self.taken(monkeypatch, plan(), cv=10**16) == 0

    def test_more_lines_than_can_be_counted_do_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The long way says so."""
        monkeypatch.setattr("mlmcore.compensation.bonuses._quick_levels._LINES_MOST", 0)

        assert self.taken(monkeypatch, plan()) == 0
