"""`levels`: walk up a tree from each source and pay by level (plan language, section 5.1).

The walk decides who stands at which level and what became of it; here the plan's words become the walk's rules, and
the rows of the walk get their rates and bases.
"""

from decimal import Decimal
from typing import Any, Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation._merging import merges
from mlmcore.compensation._pairs import asks_on_the_way, reads_payee
from mlmcore.compensation.bonuses._alike import walked_alike
from mlmcore.compensation.bonuses._budget import with_residual
from mlmcore.compensation.bonuses._climb import ClimbRules, PairCount, Reached, climb
from mlmcore.compensation.bonuses._counting import counting
from mlmcore.compensation.bonuses._decay import decayed
from mlmcore.compensation.bonuses._divided import added_up, ratio_amounts, shown_rates
from mlmcore.compensation.bonuses._found import Found, account_of
from mlmcore.compensation.bonuses._merged_levels import sums_by_level
from mlmcore.compensation.bonuses._rates import RateTable
from mlmcore.compensation.bonuses._sources import Sources, bases, pairs, reason_of, upline_of
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import RowsFrame, Sheet, people_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.compensation.rounding import RATIO_PLACES
from mlmcore.domain.errors import InputError
from mlmcore.genealogy.walks import UNLIMITED, LevelRules, LevelWalk, Outcome, walk

__all__ = ["found_by_levels", "level_rules"]

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
Moments = NDArray[np.int64]

_PASSED: Final = 4  # outcomes above it are those of levels that went on


def found_by_levels(sheet: Sheet, bonus: LevelsBonus, sources: Sources) -> Found:
    """Everything that a `levels` bonus offers.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: From where the walks start.

    Raises:
        InputError: A rate or base cannot be computed.
    """
    table = RateTable.of(sheet, bonus)
    together = _together(sheet, bonus, sources, table)
    if together is not None:
        return together
    walked = _walked(sheet, bonus, sources, table)
    frame = pairs(sheet, sources, walked.source, walked.node, walked.level, child=walked.child)
    base = bases(sheet, bonus, sources, walked.source, frame)
    if table.divides:
        divided = table.fractions(walked, frame)
        found = _found(sheet, bonus, sources, walked, base, shown_rates(divided))
        amount = ratio_amounts(base, divided, added_up(sheet, bonus, found, walked.source))
        found = evolve(found, amount=amount, amount_places=RATIO_PLACES)
    else:
        rate = table.rates(walked, frame)
        walked, rate = _without_rates(bonus, walked, rate), _or_face(bonus, rate, frame)
        if bonus.decay is not None:
            rate = decayed(bonus, sheet.plan.rounding.mode, rate, walked.level)
        found = _found(sheet, bonus, sources, walked, base, rate)
    return found if bonus.budget is None else with_residual(sheet, bonus, sources, walked.source, found)


def _together(sheet: Sheet, bonus: LevelsBonus, sources: Sources, table: RateTable) -> Found | None:
    """Everything that a bonus offers whose walks may be carried up together; None where they may not."""
    if not merges(bonus, sheet.plan):
        return None
    persons = sheet.rows.network.person_of_node[sheet.walked(bonus.tree)]
    sums = sums_by_level(sheet, bonus, sources, level_rules(sheet, bonus, table, persons)) if len(sources) else None
    if sums is None:
        return None
    walked = sums.walked
    rate = table.known_rates(walked) if table.are_numbers else table.payees_rates(walked, people_frame(sheet))
    if bonus.decay is not None:
        rate = decayed(bonus, sheet.plan.rounding.mode, rate, walked.level)
    found = _found(sheet, bonus, sources, walked, sums.base, rate)
    nobody = np.full(len(walked), -1, dtype=np.int32)
    return evolve(found, source=nobody, order=nobody)


def level_rules(
    sheet: Sheet, bonus: LevelsBonus, table: RateTable, persons: Ints | None, reached: RowsFrame | None = None
) -> LevelRules:
    """How the walks of a bonus count and pay, where nothing is asked of pairs.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        table: Its rates.
        persons: The person of each node; None for rules by person.
        reached: Everybody, as reached by the walks; None where conditions do not ask from where.
    """
    everybody = people_frame(sheet) if reached is None else reached

    def by_node(values: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(values if persons is None else values[persons])

    def condition(expression: Expression) -> Bools:
        return by_node(evaluate(expression.node, everybody).values)

    depth, last = _depth(bonus, everybody), _last_level(bonus)
    counts = np.zeros(sheet.size, dtype=np.bool_) if reads_payee(bonus.counts.node) else None  # asked rank by rank
    return LevelRules(
        counts=condition(bonus.counts) if counts is None else by_node(counts),
        pays=condition(bonus.pays),
        stops=None if bonus.stop_at is None else condition(bonus.stop_at),
        stop_before=bonus.stop != "after",
        depth=None if depth is None else by_node(depth),
        rate_row=by_node(table.row_of_person),
        has_rate=table.has_rate,
        offered=table.offered,
        first_level=bonus.first_level,
        last_level=min(last, table.last_level),
        last_above_root=_last_above_root(table, last),
        unpaid_goes_on=bonus.unpaid == "next",
        source_counts=bonus.source_counts,
        pay_uncounted=bonus.pay_uncounted,
    )


def _walked(sheet: Sheet, bonus: LevelsBonus, sources: Sources, table: RateTable) -> LevelWalk:
    """The walk over the bonus's tree, by persons."""
    conditions = (bonus.counts, bonus.stop_at, bonus.pays, bonus.depth)
    if not asks_on_the_way(bonus, sheet.plan, *conditions):
        return _quickly(sheet, bonus, sources, table)
    together = walked_alike(
        sheet, bonus, sources, conditions, lambda some, reached: _quickly(sheet, bonus, some, table, reached)
    )
    if together is not None:
        return together
    upline = upline_of(sheet, sheet.walked(bonus.tree))
    return climb(upline, sources.start, sources.below, _climb_rules(sheet, bonus, sources, table))


def _quickly(
    sheet: Sheet, bonus: LevelsBonus, sources: Sources, table: RateTable, reached: RowsFrame | None = None
) -> LevelWalk:
    """The quick walk, with nodes turned into persons."""
    name, network = sheet.walked(bonus.tree), sheet.rows.network
    tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
    start = sources.start if nodes is None else nodes[sources.start]
    found = walk(tree, start, sources.below, level_rules(sheet, bonus, table, persons, reached))
    if persons is None:
        return found
    with_nobody = np.concatenate([persons, [-1]]).astype(np.int32)
    return LevelWalk(
        source=found.source,
        node=with_nobody[found.node],
        child=with_nobody[found.child],
        level=found.level,
        outcome=found.outcome,
    )


def _climb_rules(sheet: Sheet, bonus: LevelsBonus, sources: Sources, table: RateTable) -> ClimbRules:
    """The same rules, asked of pairs on the way."""

    def asked(reached: Reached) -> RowsFrame:
        return pairs(sheet, sources, reached.walk, reached.person, reached.level, child=reached.child)

    def between(walk: NDArray[Any], person: Ints, payee: Ints, child: Ints) -> RowsFrame:
        return pairs(sheet, sources, walk, person, np.zeros_like(person), child=child, payee=payee)

    def stops(reached: Reached) -> Bools:
        assert bonus.stop_at is not None  # noqa: S101  (asked only where there is one)
        found: Bools = evaluate(bonus.stop_at.node, asked(reached)).values
        return found

    last = _last_level(bonus)
    return ClimbRules(
        pairs=PairCount.of(bonus, sheet.plan),
        counting=counting(sheet, bonus.counts.node, len(sources), between),
        outcome=lambda reached: _outcome(bonus, table, reached, asked(reached)),
        stops=None if bonus.stop_at is None else stops,
        stop_before=bonus.stop != "after",
        offered=table.offered,
        first_level=bonus.first_level,
        last_level=min(last, table.last_level),
        last_above_root=0 if reads_payee(bonus.counts.node) else _last_above_root(table, last),
        unpaid_goes_on=bonus.unpaid == "next",
        source_counts=bonus.source_counts,
        pay_uncounted=bonus.pay_uncounted,
    )


def _outcome(bonus: LevelsBonus, table: RateTable, reached: Reached, frame: RowsFrame) -> NDArray[np.uint8]:
    """What becomes of levels offered to pairs: of what refuses, the first speaks."""
    outcome = np.zeros(frame.size, dtype=np.uint8)
    pays = evaluate(bonus.pays.node, frame).values
    outcome[~pays] = Outcome.PAYS_FAILED
    rows = np.flatnonzero(pays)
    depth = _depth(bonus, frame.some(rows))
    if depth is not None:
        outcome[rows[reached.level[rows] > depth]] = Outcome.TOO_DEEP
    has_rate = table.has_rate
    rated = has_rate[table.row_of_person[reached.person], np.minimum(reached.level, has_rate.shape[1] - 1)]
    outcome[(outcome == Outcome.PAID) & ~rated] = Outcome.NO_RATE
    return outcome


def _last_above_root(table: RateTable, last: int) -> int:
    """Up to which level something is owed above the root: nothing where the levels never end."""
    end = min(last, table.last_level)
    return 0 if end == UNLIMITED or not table.has_face else end


def _last_level(bonus: LevelsBonus) -> int:
    """The level after which every walk ends: a literal or parameter."""
    depth = None if bonus.depth is None else bonus.depth.constant
    return int(depth) if isinstance(depth, Decimal) else UNLIMITED


def _depth(bonus: LevelsBonus, frame: RowsFrame) -> Ints | None:
    """Up to which level each row's person is paid."""
    if bonus.depth is None or isinstance(bonus.depth.constant, Decimal | str):
        return None  # a last level, or `unlimited`
    column = evaluate(bonus.depth.node, frame)
    if column.kind == "boolean":
        return np.where(column.values, UNLIMITED, -1).astype(np.int32)
    levels = column.values // np.int64(10**column.places)
    return np.clip(levels, -1, UNLIMITED).astype(np.int32)


def _found(sheet: Sheet, bonus: LevelsBonus, sources: Sources, walked: LevelWalk, base: Column, rate: Column) -> Found:
    outcome = walked.outcome
    missed = outcome > _PASSED
    moment = None if sources.moment is None else sources.moment[walked.source]
    reason = _reasons(sheet, np.where(missed, outcome - _PASSED, outcome), walked.node, moment)
    payee = walked.node.copy()
    for key, rows in (("unpaid", (outcome > 0) & (outcome < _PASSED)), ("no_upline", outcome == Outcome.NO_UPLINE)):
        account = account_of(sheet.plan, getattr(bonus, key))
        if account is not None:
            payee[rows], reason[rows] = account, 0
    return Found(
        payee=payee,
        whose=walked.node,
        source=sources.person[walked.source],
        order=sources.order[walked.source],
        level=walked.level,
        base=base.values,
        base_places=base.places,
        rate=rate.values,
        rate_places=rate.places,
        reason=reason,
        missed=missed,
    )


def _without_rates(bonus: LevelsBonus, walked: LevelWalk, rate: Column) -> LevelWalk:
    """A rate that turns out to be none is no rate: the level is not paid."""
    if rate.absent is None:
        return walked
    none = rate.absent & (walked.outcome == Outcome.PAID)
    if none.any() and bonus.unpaid == "next":
        what = f"the rate of {bonus.id} is none for somebody, and an unpaid level goes on: who is next is then unknown"
        todo = "say who has a rate in `pays`, and give a number"
        raise InputError([bonus.finding("plan.rate", what, todo, "rate")])
    return evolve(walked, outcome=np.where(none, Outcome.NO_RATE, walked.outcome).astype(np.uint8))


def _or_face(bonus: LevelsBonus, rate: Column, frame: RowsFrame) -> Column:
    """Rates, and the face rate for whose own rate is none: what the level is worth."""
    if rate.absent is None or bonus.face_rate is None:
        return rate
    values, rows = rate.values.copy(), np.flatnonzero(rate.absent)
    values[rows] = evaluate(bonus.face_rate.node, frame.some(rows)).at_places(rate.places).values
    return Column.scaled(values, rate.places)


def _reasons(sheet: Sheet, outcome: NDArray[Any], person: Ints, moment: Moments | None) -> NDArray[np.uint8]:
    reasons = np.zeros(len(outcome), dtype=np.uint8)
    failed = outcome == Outcome.PAYS_FAILED
    reasons[failed] = reason_of(sheet, person[failed], None if moment is None else moment[failed])
    reasons[outcome == Outcome.TOO_DEEP] = Reason.DEPTH
    reasons[outcome == Outcome.NO_RATE] = Reason.NOT_QUALIFIED
    reasons[outcome == Outcome.NO_UPLINE] = Reason.NO_UPLINE
    return reasons
