"""Walks that ask something else from every source, up a deep tree: refused before they take hours, or asked for."""

import pytest

from compensation.engine.small_plans import plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.bonuses import _climb
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

PEOPLE = [person(name, upline, off=False) for name, upline in (("ann", None), ("bob", "ann"), ("cid", "bob"))]
SALES = [order("s1", "cid", pv=10, cv=100), order("s2", "cid", pv=10, cv=200)]
DIFFERENCE = """
[[bonuses]]
id = "d"
type = "differential"
kind = "differential"
source = "orders"
from = "seller"
base = "cv"
rate = "0.1 * level"
initial = 0
negative = "charge"
"""
LEVELS = """
[[bonuses]]
id = "d"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.1, 0.1]
counts = "true"
pays = "level <= 2 or active"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
REFUSED = (
    "bonuses.d: its walks have asked more than 3 pairs of a source and somebody above it, and go on: the tree is deep, "
    "and nearly every source asks something else; end the walks earlier (`depth`, `limit`, `stop_at`), ask less of the "
    "source, or write slow = true"
)


def paid(text: str) -> Result:
    """A month of two sales at the end of a line of three."""
    return run_engine(plan(text), world(PEOPLE, SALES, company={"profit": 0}))


@pytest.mark.parametrize("text", [DIFFERENCE, LEVELS])
class TestPairs:
    """Two walks of two steps ask four pairs."""

    def test_more_than_are_asked_in_minutes_are_refused(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Which bonus, why, and what to do."""
        monkeypatch.setattr(_climb, "_PAIRS_MOST", 3)

        with pytest.raises(InputError) as caught:
            paid(text)

        assert str(caught.value).partition(" ")[2] == REFUSED

    def test_as_many_as_may_be_asked_are(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The last one too."""
        monkeypatch.setattr(_climb, "_PAIRS_MOST", 4)

        assert len(paid(text).lines) == 4

    def test_a_plan_that_may_be_slow_asks_any_number(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """As the bonus says."""
        monkeypatch.setattr(_climb, "_PAIRS_MOST", 3)

        assert len(paid(text + "slow = true\n").lines) == 4
