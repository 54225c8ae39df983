"""`differential`: walk up a tree paying only the difference to what was met below (plan language, section 5.2).

The walk decides who is met, with which difference, and what became of it; here the plan's words become its rules, and
its rows get their bases and reasons.
"""

from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import ACCOUNTS, Found
from mlmcore.compensation.bonuses._sources import Sources, bases, reason_of
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet, people_frame, run_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import DifferentialBonus
from mlmcore.genealogy.differentials import DifferenceRules, DifferenceWalk, Met, walk_differences

__all__ = ["found_by_differential"]

Ints = NDArray[np.int32]

_REASONS: Final = {Met.TOO_LOW: Reason.DEPTH, Met.BLOCKED: Reason.BLOCKED, Met.NO_UPLINE: Reason.NO_UPLINE}


def found_by_differential(sheet: Sheet, bonus: DifferentialBonus, sources: Sources) -> Found:
    """Everything that a `differential` bonus offers.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: From where the walks start.

    Raises:
        InputError: A rate or base cannot be computed.
    """
    places = _places(bonus)
    walked = _walked(sheet, bonus, sources, places)
    base = bases(sheet, bonus, sources, walked.source, sources.frame(sheet))
    reason = _reasons(sheet, walked)
    payee = walked.node.copy()
    account = (bonus.no_upline or "lost").removeprefix("account:")
    if account != "lost":
        above = walked.outcome == Met.NO_UPLINE
        payee[above], reason[above] = ACCOUNTS - sheet.plan.accounts.index(account), 0
    return Found(
        payee=payee,
        whose=walked.node,
        source=sources.person[walked.source],
        order=sources.order[walked.source],
        level=walked.level,
        base=base.values,
        base_places=base.places,
        rate=walked.rate,
        rate_places=places,
        reason=reason,
        missed=np.zeros(len(walked), dtype=np.bool_),
    )


def _places(bonus: DifferentialBonus) -> int:
    """The decimal places at which all rates of the bonus are whole numbers."""
    rates = [bonus.rate, bonus.initial]
    rates += [] if bonus.limit is None else [bonus.limit]
    rates += [] if bonus.equal is None else [bonus.equal.rate]
    return max(rate.type.places for rate in rates)


def _walked(sheet: Sheet, bonus: DifferentialBonus, sources: Sources, places: int) -> DifferenceWalk:
    """The walk over the bonus's tree, with nodes turned into persons."""
    name = sheet.walked(bonus.tree)
    network = sheet.rows.network
    nodes, persons = network.node_of_person[name], network.person_of_node[name]
    start = sources.start if nodes is None else nodes[sources.start]
    initial = evaluate(bonus.initial.node, sources.frame(sheet)).at_places(places).values
    rules = _rules(sheet, bonus, places, persons)
    found = walk_differences(network.tree(name), start, sources.below, np.ascontiguousarray(initial), rules)
    if persons is None:
        return found
    node = np.concatenate([persons, [-1]]).astype(np.int32)[found.node]
    return DifferenceWalk(source=found.source, node=node, level=found.level, rate=found.rate, outcome=found.outcome)


def _rules(sheet: Sheet, bonus: DifferentialBonus, places: int, persons: Ints | None) -> DifferenceRules:
    everybody = people_frame(sheet)

    def by_node(expression: Expression) -> NDArray[Any]:
        column = evaluate(expression.node, everybody)
        values = column.at_places(places).values if column.kind == "number" else column.values
        return np.ascontiguousarray(values if persons is None else values[persons])

    equal = bonus.equal
    return DifferenceRules(
        counts=by_node(bonus.counts),
        pays=by_node(bonus.pays),
        blocks=None if bonus.blocked_by is None else by_node(bonus.blocked_by),
        rate=by_node(bonus.rate),
        first_level=bonus.first_level,
        lowest_level=0 if bonus.minimum_level is None else int(_figure(sheet, bonus.minimum_level)),
        limit=None if bonus.limit is None else _scaled(sheet, bonus.limit, places),
        equal_rate=0 if equal is None else _scaled(sheet, equal.rate, places),
        equal_generations=0 if equal is None else int(_figure(sheet, equal.generations)),
        source_counts=bonus.source_counts,
        unpaid_are_met=bonus.unqualified == "consumes",
    )


def _figure(sheet: Sheet, expression: Expression) -> Decimal:
    """A number that is the same for everybody."""
    return evaluate(expression.node, run_frame(sheet)).decimal(0)


def _scaled(sheet: Sheet, expression: Expression, places: int) -> int:
    return int(evaluate(expression.node, run_frame(sheet)).at_places(places).values[0])


def _reasons(sheet: Sheet, walked: DifferenceWalk) -> NDArray[np.uint8]:
    reasons = np.zeros(len(walked), dtype=np.uint8)
    failed = walked.outcome == Met.PAYS_FAILED
    reasons[failed] = reason_of(sheet, walked.node[failed])
    for outcome, reason in _REASONS.items():
        reasons[walked.outcome == outcome] = reason
    return reasons
