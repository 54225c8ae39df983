"""When every order has been given back, nobody has anything of it, whatever caps, minimums and conditions said.

With `refunds = "original"` and sums below zero that are charged, what a payee got of a bonus over all periods, and what
waits for them still, comes to nothing in the end. The one exception is a minimum below which sums are lost: what a
refund takes back is part of such a sum.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.engine.small_plans import HEADER
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result

FIRST = [date(2026, month, 1) for month in range(1, 9)]
NAMES = ("ann", "bob", "cid", "dan")
LEVELS = 'kind = "levels"\nbase = "cv"\n'
KINDS = (
    'kind = "amount"\namount = "cv"',
    'kind = "amount"\namount = "25"',
    'kind = "amount"\namount = "cv if cv >= 100 else 0.5 * cv"\nonce_per = "period"',
    f'{LEVELS}rates = [0.3333, 0.1]\ncounts = "true"\npays = "active"\nunpaid = "next"\nno_upline = "lost"',
    f'{LEVELS}rates = [0.1, 0.1]\ncounts = "active"\nunpaid = "lost"\nno_upline = "account:house"',
    'kind = "differential"\nbase = "cv"\nrate = "0.1 if off else 0.2"\ninitial = 0',
)
EVERY = ("", 'every = "week"', 'every = "quarter"')
WAITING = (
    "",
    'minimum = 20\nminimum_unpaid = "carry"',
    'deferred_until = "active"',
    'deferred_until = "active"\ndeferred_expires = 1',
)


@st.composite
def plans(draw: st.DrawFn) -> str:
    """One to three bonuses, and a cap over some of them."""
    count = draw(st.integers(1, 3))
    capped = draw(st.integers(0, count))
    text = HEADER.format(at=draw(st.sampled_from(["line", "payee"])), refunds="original")
    for number in range(count):
        choices = (KINDS, EVERY, WAITING, ("", 'when = "month(period.start) != 2"'))
        text += f'[[bonuses]]\nid = "b{number}"\ntype = "retail"\nsource = "orders"\nfrom = "seller"\n'
        text += "\n".join(['negative = "charge"', *(draw(st.sampled_from(some)) for some in choices)]) + "\n"
    return text + draw(caps(capped)) if capped else text


@st.composite
def caps(draw: st.DrawFn, count: int) -> str:
    """A cap over the first so many bonuses."""
    per, apply = st.sampled_from(["payee", "company", "source"]), st.sampled_from(["scale", "cut_last", "priority"])
    names = ", ".join(f'"b{number}"' for number in range(count))
    return f'[[caps]]\nbonuses = [{names}]\nper = ["{draw(per)}"]\nlimit = 33\napply = "{draw(apply)}"\n'


@st.composite
def orders_given_back(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some orders of the first quarter, each given back in up to three parts until June."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        day, cents = (
            date(2026, 1, 5) + timedelta(days=draw(st.integers(0, 80))),
            draw(st.sampled_from([700, 3333, 10000])),
        )
        seller = draw(st.sampled_from(NAMES[1:]))
        cuts = sorted(draw(st.sets(st.integers(1, cents - 1), max_size=2)))
        found.append(_order(f"o{number}", seller, day, cents, None))
        for part, (begin, end) in enumerate(zip([0, *cuts], [*cuts, cents], strict=True)):
            day += timedelta(days=draw(st.sampled_from([0, 1, 7, 20])))
            found.append(_order(f"o{number} back {part}", seller, day, begin - end, f"o{number}"))
    return found


def _order(identity: str, seller: str, day: date, cents: int, refunded: str | None) -> dict[str, Any]:
    volume = Decimal(cents) / 100
    return order(identity, seller, on=day, cv=volume, pv=volume, refund_of=refunded)


def months(text: str, orders: list[dict[str, Any]], off: list[set[str]]) -> Iterator[Result]:
    """January to July; some people are off in the first months."""
    by, state = loads_plan(text), State.empty()
    for start, end, absent in zip(FIRST, FIRST[1:], off, strict=False):
        people = [{**one, "attributes": {"off": one["id"] in absent}} for one in chain(*NAMES)]
        known = [one for one in orders if one["date"] < end]
        inputs = engine_inputs(by, world(people, known, start, end, company={"profit": 0}))
        result = calculate(by, evolve(inputs, previous=state))
        state = result.handed_on()
        yield result


def got(result: Result) -> Iterator[tuple[tuple[str, str], int]]:
    """What somebody, or an account, was paid by a bonus, line by line."""
    for lines in result.lines.segments:
        names = result.network.ids.labels(lines.payee)
        yield from zip(((lines.bonus, name) for name in names), lines.amount.tolist(), strict=True)
    for segment in result.accounts.segments:
        yield from (((segment.bonus, "house"), amount) for amount in segment.amount.tolist())


def waits(result: Result) -> Iterator[tuple[tuple[str, str], int]]:
    """What waits for somebody."""
    for name, rows in result.handed_on().rows.items():
        if name.endswith(".waiting"):
            payees, amounts = rows.columns["payee"], rows.columns["amount"]
            for row in range(len(rows)):
                yield (name.removesuffix(".waiting"), str(payees.value(row))), int(amounts.values[row])


class TestEverythingIsGivenBack:
    """Seven months, in which each order comes back."""

    @given(
        text=plans(),
        orders=orders_given_back(),
        off=st.lists(st.sets(st.sampled_from(NAMES)), min_size=7, max_size=7),
    )
    @settings(max_examples=8, deadline=None)
    def test_nobody_has_anything_in_the_end(self, text: str, orders: list[dict[str, Any]], off: list[set[str]]) -> None:
        """To the cent, by payee and bonus."""
        note(text)
        has: Counter[tuple[str, str]] = Counter()
        for result in months(text, orders, off):
            for key, amount in got(result):
                has[key] += amount
        for key, amount in waits(result):
            has[key] += amount

        assert {key: amount for key, amount in has.items() if amount} == {}
