"""`differential`: walk up a tree paying only the difference to what was met below (plan language, section 5.2).

The walk decides who is met, with which difference, and what became of it; here the plan's words become its rules, and
its rows get their bases and reasons.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._pairs import asks_on_the_way
from mlmcore.compensation.bonuses._alike import walked_alike
from mlmcore.compensation.bonuses._climb import PairCount, Reached
from mlmcore.compensation.bonuses._climb_differences import DifferenceClimbRules, climb_differences
from mlmcore.compensation.bonuses._counting import counting
from mlmcore.compensation.bonuses._found import Found, account_of
from mlmcore.compensation.bonuses._sources import Sources, bases, pairs, reason_of, upline_of
from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import RowsFrame, Sheet, people_frame, run_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import DifferentialBonus, Plan
from mlmcore.genealogy.differentials import DifferenceRules, DifferenceWalk, Met, walk_differences

__all__ = ["asks_pairs", "found_by_differential", "met_before"]

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
    reason = _reasons(sheet, walked, None if sources.moment is None else sources.moment[walked.source])
    payee = walked.node.copy()
    account = account_of(sheet.plan, bonus.no_upline or "lost")
    if account is not None:
        above = walked.outcome == Met.NO_UPLINE
        payee[above], reason[above] = account, 0
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


def asks_pairs(bonus: DifferentialBonus, plan: Plan) -> bool:
    """Whether its conditions, or its rate, ask more than the person reached as the period has them."""
    return asks_on_the_way(bonus, plan, *_conditions(bonus))


def _conditions(bonus: DifferentialBonus) -> tuple[Expression | None, ...]:
    """Everything that decides how a walk goes."""
    return bonus.counts, bonus.pays, bonus.blocked_by, bonus.rate


def met_before(sheet: Sheet, bonus: DifferentialBonus, source: Sources, person: int) -> Decimal:
    """The highest rate that the walk from one source had met before it came to somebody.

    Args:
        sheet: What the run knew.
        bonus: A bonus that asks pairs.
        source: The one source.
        person: To whom it came.
    """
    places = _places(bonus)
    walked = _walked(sheet, bonus, source, places)
    initial = evaluate(bonus.initial.node, source.frame(sheet)).at_places(places).values[0]
    rises = np.isin(walked.outcome, (Met.PAID, Met.PAYS_FAILED, Met.TOO_LOW))
    before = np.cumsum(np.where(walked.node == person, 1, 0)) == 0
    return exact_decimal(int(initial + walked.rate[rises & before].sum()), places)


def _places(bonus: DifferentialBonus) -> int:
    """The decimal places at which all rates of the bonus are whole numbers."""
    rates = [bonus.rate, bonus.initial]
    rates += [] if bonus.limit is None else [bonus.limit]
    rates += [] if bonus.equal is None else [bonus.equal.rate]
    return max(rate.type.places for rate in rates)


def _walked(sheet: Sheet, bonus: DifferentialBonus, sources: Sources, places: int) -> DifferenceWalk:
    """The walk over the bonus's tree, by persons."""
    if not asks_pairs(bonus, sheet.plan):
        return _quickly(sheet, bonus, sources, places, people_frame(sheet))
    together = walked_alike(
        sheet, bonus, sources, _conditions(bonus), lambda some, reached: _quickly(sheet, bonus, some, places, reached)
    )
    if together is not None:
        return together
    upline, initial = upline_of(sheet, sheet.walked(bonus.tree)), _initial(sheet, bonus, sources, places)
    rules = _climb_rules(sheet, bonus, sources, places)
    return climb_differences(upline, sources.start, sources.below, initial, rules)


def _initial(sheet: Sheet, bonus: DifferentialBonus, sources: Sources, places: int) -> NDArray[np.int64]:
    """int64[m]: the rate that counts as met where each walk starts."""
    return np.ascontiguousarray(evaluate(bonus.initial.node, sources.frame(sheet)).at_places(places).values)


def _quickly(
    sheet: Sheet, bonus: DifferentialBonus, sources: Sources, places: int, reached: RowsFrame
) -> DifferenceWalk:
    """The quick walk, with nodes turned into persons; `reached` is everybody, as reached by the walks."""
    name, network = sheet.walked(bonus.tree), sheet.rows.network
    nodes, persons = network.node_of_person[name], network.person_of_node[name]
    start = sources.start if nodes is None else nodes[sources.start]
    rules, initial = _rules(sheet, bonus, places, persons, reached), _initial(sheet, bonus, sources, places)
    found = walk_differences(network.tree(name), start, sources.below, initial, rules)
    if persons is None:
        return found
    node = np.concatenate([persons, [-1]]).astype(np.int32)[found.node]
    return DifferenceWalk(source=found.source, node=node, level=found.level, rate=found.rate, outcome=found.outcome)


def _rules(
    sheet: Sheet, bonus: DifferentialBonus, places: int, persons: Ints | None, reached: RowsFrame
) -> DifferenceRules:
    def by_node(expression: Expression) -> NDArray[Any]:
        column = evaluate(expression.node, reached)
        values = column.at_places(places).values if column.kind == "number" else column.values
        return np.ascontiguousarray(values if persons is None else values[persons])

    return DifferenceRules(
        counts=by_node(bonus.counts),
        pays=by_node(bonus.pays),
        blocks=None if bonus.blocked_by is None else by_node(bonus.blocked_by),
        rate=by_node(bonus.rate),
        **_figures(sheet, bonus, places),
    )


def _climb_rules(sheet: Sheet, bonus: DifferentialBonus, sources: Sources, places: int) -> DifferenceClimbRules:
    """The same rules, asked of pairs on the way."""

    def asked(expression: Expression) -> Callable[[Reached], NDArray[Any]]:
        def ask(reached: Reached) -> NDArray[Any]:
            frame = pairs(sheet, sources, reached.walk, reached.person, reached.level, child=reached.child)
            column = evaluate(expression.node, frame)
            return column.at_places(places).values if column.kind == "number" else column.values

        return ask

    def between(walk: NDArray[Any], person: Ints, payee: Ints, child: Ints) -> RowsFrame:
        return pairs(sheet, sources, walk, person, np.zeros_like(person), child=child, payee=payee)

    return DifferenceClimbRules(
        pairs=PairCount.of(bonus, sheet.plan),
        counting=counting(sheet, bonus.counts.node, len(sources), between),
        pays=asked(bonus.pays),
        blocks=None if bonus.blocked_by is None else asked(bonus.blocked_by),
        rate=asked(bonus.rate),
        **_figures(sheet, bonus, places),
    )


def _figures(sheet: Sheet, bonus: DifferentialBonus, places: int) -> dict[str, Any]:
    """What is the same for everybody."""
    equal = bonus.equal
    return {
        "first_level": bonus.first_level,
        "lowest_level": 0 if bonus.minimum_level is None else int(_figure(sheet, bonus.minimum_level)),
        "limit": None if bonus.limit is None else _scaled(sheet, bonus.limit, places),
        "equal_rate": 0 if equal is None else _scaled(sheet, equal.rate, places),
        "equal_generations": 0 if equal is None else int(_figure(sheet, equal.generations)),
        "source_counts": bonus.source_counts,
        "unpaid_are_met": bonus.unqualified == "consumes",
    }


def _figure(sheet: Sheet, expression: Expression) -> Decimal:
    """A number that is the same for everybody."""
    return evaluate(expression.node, run_frame(sheet)).decimal(0)


def _scaled(sheet: Sheet, expression: Expression, places: int) -> int:
    return int(evaluate(expression.node, run_frame(sheet)).at_places(places).values[0])


def _reasons(sheet: Sheet, walked: DifferenceWalk, moment: NDArray[np.int64] | None) -> NDArray[np.uint8]:
    reasons = np.zeros(len(walked), dtype=np.uint8)
    failed = walked.outcome == Met.PAYS_FAILED
    reasons[failed] = reason_of(sheet, walked.node[failed], None if moment is None else moment[failed])
    for outcome, reason in _REASONS.items():
        reasons[walked.outcome == outcome] = reason
    return reasons
