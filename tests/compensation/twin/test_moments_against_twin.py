"""Bonuses with `as_of = "event"`, and `position(COND)`, against their slow twin, which looks back anew for each row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.test_engine_against_twin import check
from reference.engine import Inputs

FIRST = date(2026, 2, 28)
KNOWN = (
    "active",
    "some",
    "personal > 20",
    "personal > 20 or autoship",
    "not active",
    "few >= 1",
    "volume > 30",
    "rank >= silver and few < 2",
    "sum(orders, pv) > 20",
    "sum(orders, cv, where=pv > 20 and me.autoship) > 0",
    "max(orders, pv) >= 50",
    "min(orders, pv, default=personal) > 5",
    "round(mean(orders, pv, default=0), 2) > 20",
    "all(orders, pv > 20)",
    "any(purchases, pv > 20)",
    "count(events.cycles, size > 2) > 0",
    "previous.lifetime + personal > 100",
    "full_months_between(joined, period.end) >= 1",
)
"""Of somebody, just before an order or event."""
OF_PAIRS = (
    "source.active",
    "level <= 2 or active",
    "payee.personal >= source.personal",
    "child.id != none and child.personal < personal",
)
ON_ORDERS = ("order.pv > personal", "seller.active", "order.buyer == none or buyer.active", "order.fast and not active")
OF_PAYEE = ("rank >= payee.rank and active", "personal >= payee.personal", "child.id == none or child.active")
WHERE_ON_ORDERS = (
    "position(true) != 2",
    "position(pv > 20) == 1",
    "position(pv >= order.pv) <= 1",
    "position(source.active) > 0",
    "not source.active",
    "fast",
)
WHERE_ON_EVENTS = ("position(true) < 2", "position(size >= order.size) == 1", "source.active", "size > 1")
OF_WHOEVER_IS_REACHED = ("rates = ['0.5 if active else 0.25', 'none', '0.1 if count(orders) > 0 else 0.2']",)
"""Of which nobody is paid anything above the root."""
RATES = (
    "rates = [0.5, 0.25, 0.1]",
    "rates = { silver = [0.5, 0.25], gold = [0.5, 0.25, 0.1] }\nbeyond = 0.01",
    "rates = ['0.5 if source.active else 0.25', '0.01 * source.few', 'none', 0.1]",
    *OF_WHOEVER_IS_REACHED,
    'rate = "0.1 if personal > 20 else 0.2"\nface_rate = "0.1 if level <= 3 else 0"',
    'rate = "0.3 if child.id != none and child.active else 0.01 * few"\nface_rate = 0.1\ndepth = 3',
)
DIFFERENCES = (
    "0.05 if active else 0.02",
    "0.01 * few",
    "0.06 if source.personal < personal else 0.03 if some else 0",
    "lookup(performance, personal)",
)
COMMON = """
[[bonuses]]
id = "b"
type = "unilevel"
kind = "{kind}"
{source}
as_of = "event"
negative = "charge"
slow = true
{more}
"""


def _head(refunds: str) -> str:
    ranks = "".join(f'[[ranks]]\nid = "{rank}"\n' for rank in strategies.RANKS)
    head = strategies.HEADER.format(
        refunds=refunds,
        mode="half_even",
        places=2,
        at="line",
        active='active = "active"',
        volume="sum(purchases, pv) + 10 * count(events.cycles) - sum(events.cycles, size)",
        few="count(orders, pv > 50)",
        some="any(purchases, pv > 20)",
        ranks=f'[rank]\nfrom = "attribute title"\n{ranks}',
    )
    return head.replace("[parameters]", '[inputs.events.cycles]\nsize = "points"\n\n[parameters]')


SOURCES = (
    'source = "orders"\nfrom = "seller"',
    'source = "orders"\nfrom = "buyer"\ncustomer = "under_seller"',
    'source = "orders"\nfrom = "buyer"\ncustomer = "as_seller"',
    'source = "orders"\nfrom = "buyer"\ncustomer = "skip"\ntree = "enroller"',
)


@st.composite
def plans(draw: st.DrawFn, *of_refunds: str) -> str:
    """A plan of one bonus."""
    on_orders = draw(st.integers(0, 3)) > 0
    kind = draw(st.sampled_from(["levels", "levels", "differential", "amount"]))
    refunds = draw(st.sampled_from(of_refunds or ("current", "original")))
    source, value = 'source = "events.cycles"', "size"
    if on_orders:
        pool = SOURCES[:1] + SOURCES[2:] if kind == "amount" else SOURCES
        source, value = draw(st.sampled_from(pool)), "pv"
    made = {"levels": _levels, "differential": _differential, "amount": _amount}[kind]
    more = made(draw, value, KNOWN + OF_PAIRS + (ON_ORDERS if on_orders else ()), on_orders)
    if draw(st.booleans()):
        where = draw(st.sampled_from(WHERE_ON_ORDERS if on_orders else WHERE_ON_EVENTS))
        more.append(f'where = "{where}"')
    if draw(st.integers(0, 3)) == 0:
        more.append('every = "week"')
    if not (on_orders and refunds == "original"):
        more.append(f'detail = "{draw(st.sampled_from(["order", "order", "person", "payee"]))}"')
    return _head(refunds) + COMMON.format(kind=kind, source=source, more="\n".join(more))


def _levels(draw: st.DrawFn, value: str, asked: Sequence[str], on_orders: bool) -> list[str]:
    of_payee = draw(st.integers(0, 3)) == 0
    rates = draw(st.sampled_from(RATES))
    lost = of_payee or rates in OF_WHOEVER_IS_REACHED
    unpaid = ["lost", "account:house"] if of_payee or "few" in rates else ["lost", "account:house", "next"]
    more = [
        rates,
        f'base = "{value}"\npoint_value = 1\nfirst_level = {draw(st.sampled_from([0, 1, 1, 2]))}',
        f'counts = "{draw(st.sampled_from(OF_PAYEE if of_payee else ("true", *KNOWN)))}"',
        f'pays = "{draw(st.sampled_from(asked))}"',
        f"source_counts = {draw(st.sampled_from(['true', 'false']))}",
        f"pay_uncounted = {draw(st.sampled_from(['true', 'false', 'false']))}",
        f'unpaid = "{draw(st.sampled_from(unpaid))}"',
        f'no_upline = "{"lost" if lost else draw(st.sampled_from(["lost", "account:house"]))}"',
    ]
    if draw(st.booleans()):
        stop = draw(st.sampled_from(["before", "after"]))
        more.append(f'stop_at = "{draw(st.sampled_from(asked))}"\nstop = "{stop}"')
    if "depth" not in rates and draw(st.booleans()):
        more.append(f'depth = "{draw(st.sampled_from(["2", "few + 1", "few if source.active else level", *asked]))}"')
    return more


def _differential(draw: st.DrawFn, value: str, asked: Sequence[str], on_orders: bool) -> list[str]:
    more = [
        f'base = "{value}"\npoint_value = 1\nrate = "{draw(st.sampled_from(DIFFERENCES))}"',
        f'initial = "{draw(st.sampled_from(["0", "0.02 if source.active else 0"]))}"',
        f"first_level = {draw(st.sampled_from([0, 1, 2]))}",
        f'counts = "{draw(st.sampled_from(("true", *KNOWN, *OF_PAYEE)))}"',
        f'pays = "{draw(st.sampled_from(asked))}"\nunqualified = "{draw(st.sampled_from(["skip", "consumes"]))}"',
        f"source_counts = {draw(st.sampled_from(['true', 'false']))}",
    ]
    more += [f'blocked_by = "{draw(st.sampled_from(asked))}"'] if draw(st.booleans()) else []
    more += ["limit = 0.05", 'no_upline = "account:house"'] if draw(st.booleans()) else []
    more += ["equal = { rate = 0.01, generations = 2 }"] if draw(st.booleans()) else []
    more += ["minimum_level = 2"] if draw(st.booleans()) else []
    return more


def _amount(draw: st.DrawFn, value: str, asked: Sequence[str], on_orders: bool) -> list[str]:
    amounts = [f"0.1 * {value} if active else {value}", "personal", "position(true)", f"{value} * position(active)"]
    amounts += ["cv if source.active else 0", "position(buyer == none) + seller.few"] if on_orders else []
    amount = draw(st.sampled_from(amounts))
    points = [] if amount in {"position(true)", *amounts[4:]} else ["point_value = 1"]
    apart = ("level", "child", "payee", "(orders", "(purchases", "(events")  # what an amount of an order can't ask
    simple = [one for one in asked if not any(word in one for word in apart)]
    return [f'amount = "{amount}"', *points, f'qualifies = "{draw(st.sampled_from(simple))}"']


@st.composite
def inputs(draw: st.DrawFn, *, squeeze: bool = True) -> Inputs:
    """A March in which much happens, with `squeeze` on the same few days."""
    given = draw(strategies.inputs())
    squeezed = [{**order, "date": _day(order["date"])} if squeeze else order for order in given.orders]
    present = [person["id"] for person in given.people if person["joined"] < given.end]
    events: list[dict[str, Any]] = [
        {
            "id": f"{draw(st.sampled_from(['z', 'a', 'B', 'r0z']))}{number}",
            "event": "cycles",
            "date": FIRST + timedelta(days=draw(st.integers(0, 6))),
            "person": draw(st.sampled_from(present)),
            "columns": {"size": draw(strategies.hundredths(0, 500))},
        }
        for number in range(draw(st.integers(0, 5)))
    ]
    return replace(given, orders=squeezed, events={"cycles": events})


def _day(day: date) -> date:
    """One of a few days, the earlier ones first."""
    return FIRST + (day - date(2026, 2, 23)) // 6


class TestMomentsAgainstTwin:
    """Every column that a bonus with `as_of = "event"` reads, and which one an order or event is."""

    @given(text=plans(), inputs=inputs())
    @settings(max_examples=15, deadline=None)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Ledger, account, unpaid and missed lines, and entitled."""
        check(text, inputs)
