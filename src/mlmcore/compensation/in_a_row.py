"""Several periods in a row, each with what the one before handed on; and what of a plan is handed on at all.

A store keeps what a period hands on, and takes it up by itself. This is for whoever has none: files, notebooks, tests.
"""

from collections.abc import Iterator

from attrs import evolve

from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import RunInputs
from mlmcore.compensation.plan import AmountBonus, AnyBonus, BinaryBonus, Plan, PoolBonus
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.periods import Period

__all__ = ["calculate_since", "handed_on_by"]


def calculate_since(plan: Plan, inputs: RunInputs, since: Period) -> Result:
    """Run a plan over every period from one on up to that of the inputs.

    Args:
        plan: A plan from the loader, or one written in Python.
        inputs: Of the last period; the people, trees, orders, events and moves are those of all of them.
        since: The first period, which begins with `inputs.previous`.

    Returns:
        The result of the last period.

    Raises:
        InputError: As `calculate`, each finding with the period; or the first period is none before the last one, or
            the plan reads figures of the company, which are another in each period.
        IdentityError: A fault of this library.
    """
    _refuse(plan, inputs.period, since)
    period, state = since, inputs.previous
    while True:
        try:
            result = calculate(plan, evolve(inputs, period=period, previous=state))
        except InputError as error:
            if period == inputs.period:
                raise
            named = [evolve(finding, what=f"in {period.id}: {finding.what}") for finding in error.findings]
            raise InputError(named) from error
        if period == inputs.period:
            return result
        period, state = period.next(), result.handed_on()


def _refuse(plan: Plan, last: Period, since: Period) -> None:
    what = todo = ""
    if (since.kind, since.timezone) != (last.kind, last.timezone):
        what = f"{since.id} is a {since.kind} in {since.timezone}, and {last.id} a {last.kind} in {last.timezone}"
        todo = "name one of the same kind"
    elif since.start > last.start:
        what, todo = f"{since.id} comes after {last.id}", "name the period to begin with, the earlier one"
    elif plan.inputs.company and since != last:
        what = "the plan reads figures of the company, which are another in each period"
        todo = "write a case with `periods`, or calculate one period after the other in Python"
    if what:
        raise InputError([Finding(code="inputs.since", what=what, todo=todo, path="since")])


def handed_on_by(plan: Plan) -> tuple[str, ...]:
    """What a period takes up from the one before it, in words; nothing where each stands alone."""
    named = [f"carry {name}" for name in plan.carry]
    named += [f"history {name}" for name in plan.history]
    named += [f"the places of {name}" for name in plan.trees]
    named += [f"the boards of {name}" for name in plan.boards]
    if plan.rank_rule is not None and plan.rank_rule.source == "best":
        named.append("the highest rank")
    return (*named, *(words for bonus in plan.bonuses for words in _of_bonus(plan, bonus)))


def _of_bonus(plan: Plan, bonus: AnyBonus) -> Iterator[str]:
    if isinstance(bonus, BinaryBonus):
        yield f"the legs of {bonus.id}"
    if isinstance(bonus, PoolBonus) and (bonus.nobody == "carry" or bonus.release is not None):
        yield f"the fund of {bonus.id}"
    if bonus.minimum_unpaid == "carry" or bonus.deferred_until is not None:
        yield f"what waits of {bonus.id}"
    once = {*(bonus.once_per or ())} if isinstance(bonus, AmountBonus) else set()
    if {"rank", "lifetime"} & once or (once and bonus.source == "orders" and plan.refunds == "current"):
        yield f"what {bonus.id} has paid once"
