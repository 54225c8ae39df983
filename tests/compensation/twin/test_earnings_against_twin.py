"""Walks on earnings against their slow twin, which asks everybody below, one after the other, what they have."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.test_engine_against_twin import check
from mlmcore.compensation.bonuses import _cascades
from reference.engine import Inputs

FIRST = """
[[bonuses]]
id = "b0"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.10, 0.05]
counts = "true"
pays = "active"
unpaid = "next"
no_upline = "lost"
negative = "charge"
"""
LEVELS = """
[[bonuses]]
id = "{identity}"
type = "matching"
kind = "levels"
earnings = [{earnings}]
basis = "{basis}"
{more}
rates = {rates}
counts = "{counts}"
source_counts = {flag}
pays = "{pays}"
unpaid = "{unpaid}"
no_upline = "{no_upline}"
negative = "{negative}"
"""
DIFFERENTIAL = """
[[bonuses]]
id = "{identity}"
type = "matching"
kind = "differential"
earnings = [{earnings}]
basis = "{basis}"
{more}
rate = "{rate}"
initial = 0
pays = "{pays}"
unqualified = "skip"
negative = "{negative}"
"""


@st.composite
def plans(draw: st.DrawFn) -> str:
    """A unilevel, a match on it, and a second match on either, which may be a cascade."""
    head = strategies.HEADER.format(
        refunds="current",
        mode=draw(st.sampled_from(strategies.MODES)),
        places=2,
        at=draw(st.sampled_from(["line", "payee"])),
        active='active = "active"',
        volume="sum(group, personal)",
        few="count(front)",
        some="autoship",
        ranks='[rank]\nfrom = "attribute title"\n'
        + "".join(f'[[ranks]]\nid = "{rank}"\n' for rank in strategies.RANKS),
    )
    return head + FIRST + draw(_match("b1", ["b0"])) + draw(_match("b2", ["b0", "b1"]))


@st.composite
def _match(draw: st.DrawFn, identity: str, others: list[str]) -> str:
    chosen = draw(st.lists(st.sampled_from([*others, identity]), min_size=1, unique=True))
    cascades = identity in chosen
    more = ["first_level = 1" if cascades else f"first_level = {draw(st.sampled_from([0, 1, 2]))}"]
    more.append(f'base = "round({draw(st.sampled_from(["earnings", "0.5 * earnings"]))}, {draw(st.integers(0, 4))})"')
    if draw(st.booleans()):
        more.append(f'where = "{draw(st.sampled_from(["earnings > 3", "active", "rank >= silver"]))}"')
    if draw(st.integers(0, 3)) == 0:
        more.append('tree = "enroller"')
    return draw(st.sampled_from([LEVELS, DIFFERENTIAL])).format(
        identity=identity,
        earnings=", ".join(f'"{one}"' for one in chosen),
        basis="earned" if cascades else draw(st.sampled_from(["earned", "paid"])),
        more="\n".join(more),
        rates=draw(st.sampled_from(["[0.5, 0.25]", "{ silver = [0.5], gold = [1.0, 0.5, 0.1] }"])),
        rate="0.5 if rank >= gold else 0.25 if active else 0",
        counts=draw(st.sampled_from(["true", "active", "rank >= silver"])),
        flag=draw(st.sampled_from(["true", "false"])),
        pays=draw(st.sampled_from(["autoship", "active"])),
        unpaid=draw(st.sampled_from(["lost", "next", "account:house"])),
        no_upline=draw(st.sampled_from(["lost", "account:house"])),
        negative=draw(st.sampled_from(["zero", "charge"])),
    )


class TestEarningsAgainstTwin:
    """Matches, matches on matches, and cascades."""

    @given(text=plans(), inputs=strategies.inputs(), few=st.sampled_from([0, 1, 24]))
    @settings(max_examples=60)
    def test_everything_is_the_same(self, text: str, inputs: Inputs, few: int) -> None:
        """Lines, what everybody brings, earns and is paid, and entitled; by whole layers, or one after the other."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_cascades, "FEW", few)
            check(text, inputs)
