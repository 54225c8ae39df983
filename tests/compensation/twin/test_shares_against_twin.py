"""Rates that fade, levels without end and fixed sums, against the slow twin."""

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.engine_runs import engine_answer, run_engine, twin_answer
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError
from reference.engine import BudgetRefused, Inputs, RefundRefused

BONUS = """
[[bonuses]]
id = "b"
type = "unilevel"
kind = "levels"
source = "{source}"
{base}
{rates}
first_level = {first}
counts = "{counts}"
pays = "{pays}"
unpaid = "{unpaid}"
no_upline = "{no_upline}"
negative = "charge"
{more}
"""
FADING = (
    'rate = 0.1\nface_rate = 0.1\ndecay = { factor = 0.5, places = 6 }\ndepth = "unlimited"',
    'rate = 0.1\nface_rate = 0.2\ndecay = { factor = 0.4, places = 2 }\ndepth = "unlimited"',
    'rate = "0.2 if rank >= silver else 0.05"\nface_rate = 0.1\ndecay = { factor = 0.3, places = 4 }\ndepth = 4',
    'rate = "0.2 if rank >= silver else 0"\nface_rate = 0\ndecay = { factor = 0.9, places = 3 }\ndepth = "unlimited"',
    'rates = { silver = 0.05, gold = 0.1 }\ndepth = "unlimited"',
    'rates = [0.2, 0.1]\nbeyond = 0.05\ndepth = "unlimited"',
    "rates = [0.2, 0.1]",
)
BUDGETS = ("0.4 * cv", "0.9 * cv", "round(cv, 0)", "cv if source.active else 0.5 * cv")


@st.composite
def plans(draw: st.DrawFn, refunds: str = "current") -> str:
    """A plan of one walk."""
    on_orders = refunds == "original" or draw(st.booleans())
    ranks = "".join(f'[[ranks]]\nid = "{rank}"\n' for rank in strategies.RANKS)
    head = strategies.HEADER.format(
        refunds=refunds,
        mode=draw(st.sampled_from(strategies.MODES)),
        places=2,
        at=draw(st.sampled_from(["line", "payee"])),
        active='active = "active"',
        volume="sum(group, personal)",
        few="count(front)",
        some="autoship",
        ranks=f'[rank]\nfrom = "attribute title"\n{ranks}',
    )
    more = ["slow = true"]
    if on_orders and draw(st.booleans()):
        more += [f'budget = "{draw(st.sampled_from(BUDGETS))}"', 'residual = "account:charity"']
    if refunds == "current" and draw(st.booleans()):
        more.append(f'detail = "{draw(st.sampled_from(["order", "person", "payee"]))}"')
    return head + BONUS.format(
        source="orders" if on_orders else "people",
        base='from = "seller"\nbase = "cv"' if on_orders else 'base = "personal"\npoint_value = 1',
        rates=draw(st.sampled_from(FADING)),
        first=draw(st.sampled_from([0, 1, 2])),
        counts=draw(st.sampled_from(["true", "active", "rank >= silver"])),
        pays=draw(st.sampled_from(["true", "active", "autoship"])),
        unpaid=draw(st.sampled_from(["lost", "next", "account:house"])),
        no_upline=draw(st.sampled_from(["lost", "account:house"])),
        more="\n".join(more),
    )


def check(text: str, inputs: Inputs) -> None:
    """Compare both answers, or that both refuse."""
    note(text)
    plan = loads_plan(text)
    try:
        twin = twin_answer(plan, inputs)
    except BudgetRefused:
        with pytest.raises(InputError, match="of a budget of"):
            run_engine(plan, inputs)
        return
    except RefundRefused:
        with pytest.raises(InputError, match="is given back"):
            run_engine(plan, inputs)
        return
    engine = engine_answer(run_engine(plan, inputs))
    for part, said in engine.items():
        assert said == twin[part], part


class TestSharesAgainstTwin:
    """`decay`, `depth = "unlimited"`, `budget` and `residual`."""

    @given(text=plans(), inputs=strategies.inputs())
    @settings(max_examples=60)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Ledger, account, unpaid and missed lines, and entitled."""
        check(text, inputs)

    @given(text=plans(refunds="original"), inputs=strategies.inputs().map(strategies.march_only))
    @settings(max_examples=30)
    def test_refunds_take_back_their_share_of_what_was_left(self, text: str, inputs: Inputs) -> None:
        """With `refunds = "original"`: the refund's budget over the original's."""
        check(text, inputs)
