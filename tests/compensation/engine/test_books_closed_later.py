"""The books of one bonus are closed beside the next steps: what fails there is told as by one thread."""

from decimal import Decimal

import pytest

from compensation.engine.small_plans import UNILEVEL, plan
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.engine import calculate
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import threads

TOO_MUCH = UNILEVEL.replace("[0.05, 0.03]", "[1.0000000007]") + 'minimum = 10000000\nminimum_unpaid = "lost"\n'
"""At twelve decimal places int64 holds the exact amount, and not the rounded one."""
BELOW_ZERO = """
[[bonuses]]
id = "award"
type = "adjustment"
kind = "amount"
amount = "0 - 1"
qualifies = "true"
negative = "error"
"""
INPUTS = engine_inputs(
    plan(),
    world(
        chain("ann", "bob", off=False), [order("sale", "bob", cv=Decimal("9223372.03"), pv=1)], company={"profit": 0}
    ),
)


@pytest.mark.parametrize("many", [1, 3])
class TestWhatFailsFirst:
    """A bonus whose unpaid amounts do not fit, and something that fails after it."""

    @pytest.fixture(autouse=True)
    def _small_parts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also so small a month is worth a thread."""
        monkeypatch.setattr(threads, "_SMALLEST_PART", 1)

    def test_is_told_where_a_later_step_fails_too(self, many: int) -> None:
        """The amount below zero is not."""
        with pytest.raises(InputError, match=r"^an unpaid amount leaves the range of int64 at 12 "):
            calculate(plan(TOO_MUCH, more=BELOW_ZERO), INPUTS, threads=many)

    def test_a_later_step_fails_alone(self, many: int) -> None:
        """Then that is told."""
        with pytest.raises(InputError, match=r"ann would get -1.00 USD, below zero"):
            calculate(plan(more=BELOW_ZERO), INPUTS, threads=many)
