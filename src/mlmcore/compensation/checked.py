"""From a plan as written to a plan that can run: names resolved, types inferred, an order of evaluation found."""

from typing import Literal

from attrs import frozen

from mlmcore.compensation.plan import Plan


@frozen(kw_only=True)
class Step:
    """One thing to compute.

    Attributes:
        kind: What it is.
        name: The order column's, measure's, bonus's or carry's name; "" for the ranks.
    """

    kind: Literal["order_column", "measure", "rank", "bonus", "carry"]
    name: str


def check_plan(plan: Plan) -> Plan:
    """Return the plan with every expression typed and its steps in order."""
    raise AssertionError(plan)
