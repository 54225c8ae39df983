"""`once_per` over three months, against the same plan without it: of what the twin offers a rule takes the first."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from attrs import evolve
from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin import strategies, test_moments_against_twin
from compensation.twin.engine_runs import engine_answer, engine_inputs
from compensation.twin.test_periods_in_a_row import MONTHS, march_alone, of_month
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from reference.engine import Inputs, Line, Twin

Key = tuple[Any, ...]
BONUS = """
[[bonuses]]
id = "b"
type = "fast_start"
kind = "amount"
source = "orders"
{whose}
amount = "{amount}"
qualifies = "{qualifies}"
negative = "charge"
{more}
"""


@st.composite
def plans(draw: st.DrawFn) -> tuple[str, str]:
    """A plan of one amount per order, and its `once_per`."""
    seller, buyer = 'from = "seller"', 'from = "buyer"\ncustomer = "{}"'
    whose = draw(st.sampled_from([seller, buyer.format("skip"), buyer.format("as_seller")]))
    more = draw(st.sampled_from(["", 'every = "week"', 'as_of = "event"', 'where = "position(pv > 20) > 0"']))
    payee = draw(st.sampled_from(["", "", 'payee = "seller"', *([] if "as_of" in more else ['payee = "id"'])]))
    once = draw(st.sampled_from(['"lifetime"', '"period"', '["source", "lifetime"]', '["source", "period"]']))
    head = strategies.HEADER.format(
        refunds="current",
        mode="half_even",
        places=2,
        at="line",
        active='active = "active"',
        volume="sum(purchases, pv)",
        few="count(orders)",
        some="any(purchases, pv > 20)",
        ranks='[rank]\nfrom = "attribute title"\n'
        + "".join(f'[[ranks]]\nid = "{rank}"\n' for rank in strategies.RANKS),
    )
    text = head + BONUS.format(
        whose=whose,
        amount=draw(st.sampled_from(["cv", "cv if order.pv > 20 else 0", "cv - 30"])),
        qualifies=draw(st.sampled_from(["true", "active", "autoship or few > 1"])),
        more=f"{more}\n{payee}",
    )
    return text, once


def offered(plan: Plan, inputs: Inputs) -> list[Line]:
    """What the twin offers, in the order of order date, id and source."""
    outcome = Twin(plan, inputs).final("b")
    place = {order["id"]: (order["date"], order["id"]) for order in inputs.orders}
    lines = [*outcome.lines, *(line for line in outcome.unpaid if line.reason != "rounding")]
    return sorted(lines, key=lambda line: (place[str(line.order)], str(line.source)))


def kept(lines: list[Line], inputs: Inputs, used: set[Key], ever: set[Key], *, by_source: bool) -> set[Key]:
    """Those before the first that uses the once, that one, and refunds of whichever has used it, now or earlier.

    Who has used it now goes into `used`, and with the order into `ever`.
    """
    refund_of = {order["id"]: order["refund_of"] for order in inputs.orders}
    found, refunds = set(), []
    for line in lines:
        key = (line.payee, line.source if by_source else None)
        if refund_of[str(line.order)] is not None:
            refunds.append((line, key))
        elif key not in used:
            found.add((line.payee, line.order, line.amount, line.reason))
            if not line.reason:
                used.add(key)
                ever.add((key, str(line.order)))
    for line, key in refunds:
        if (key, refund_of[str(line.order)]) in ever:
            found.add((line.payee, line.order, line.amount, line.reason))
    return found


class TestOnceAgainstTwin:
    @given(drawn=plans(), inputs=test_moments_against_twin.inputs(squeeze=False).map(march_alone))
    @settings(max_examples=10, deadline=None)
    def test_what_is_offered_is_the_same(self, drawn: tuple[str, str], inputs: Inputs) -> None:
        """Month after month, with refunds in the month after, and the same orders again."""
        text, once = drawn
        note(f"{text}{once}")
        plain, plan = loads_plan(text), loads_plan(f"{text}once_per = {once}\n")
        state, used, ever, orders = State.empty(), set[Key](), set[Key](), inputs.orders
        for number, (start, end) in enumerate(pairwise(MONTHS)):
            month = replace(inputs, start=start, end=end, orders=of_month(orders, number), carried={}, best={})
            result = calculate(plan, evolve(engine_inputs(plan, month), previous=state))

            answer = engine_answer(result)
            lines = [*answer["lines"], *answer["unpaid"].elements()]
            found = {(line[1], line[4], line[8], line[9]) for line in lines if line[9] != "rounding"}
            used = used if "lifetime" in once else set()
            assert found == kept(offered(plain, month), month, used, ever, by_source="source" in once), number
            state = result.handed_on()
