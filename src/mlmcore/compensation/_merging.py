"""Whether the walks of a plan's `levels` bonus may be carried up together, so that levels without end cost no more.

They may where what becomes of a level is asked of the payee alone, and nobody wants to know from which walk it came.
"""

from mlmcore.compensation._pairs import asks_moment, asks_on_the_way, rank_count, reads_pair, reads_payee
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Constant, Node, Ordinal, walk
from mlmcore.compensation.plan import LevelsBonus, Plan

__all__ = ["merges"]


def merges(bonus: LevelsBonus, plan: Plan) -> bool:
    """Whether what a bonus pays is asked of nobody but payees, so that its walks may be carried up together.

    Where refunds take back line by line what orders paid, every walk has lines of its own.

    Args:
        bonus: A checked bonus.
        plan: The plan that it stands in.
    """
    takes_back = plan.refunds == "original" and bonus.source == "orders"
    by_payee = bonus.detail_or_default == "payee" or (bonus.is_column and not takes_back)
    plain = bonus.amounts is None and bonus.budget is None and bonus.base is not None and not bonus.cascades
    return (
        by_payee
        and plain
        and bonus.unpaid != "next"  # what each walk's people missed is told walk by walk
        and not asks_on_the_way(bonus, plan, bonus.stop_at, bonus.pays, bonus.depth)
        and not asks_moment(bonus, plan, bonus.counts.node)
        and _counts_alike(bonus.counts.node)
        and (_are_numbers(bonus) or _is_the_payees(bonus))
    )


def _counts_alike(counts: Node) -> bool:
    """Whether who counts is asked of the person alone, or is a comparison of ranks with the payee's beside that."""
    if not reads_payee(counts):
        return not reads_pair(counts)
    ranks = rank_count(counts)
    return ranks is not None and not any(reads_pair(gate) for gate in ranks.gates)


def _are_numbers(bonus: LevelsBonus) -> bool:
    lists = (bonus.rates or (), *(bonus.rates_by_rank or {}).values(), tuple((bonus.rate_by_rank or {}).values()))
    one_by_one = (bonus.rate, bonus.beyond, bonus.face_rate)
    rates = [*(rate for row in lists for rate in row), *(rate for rate in one_by_one if rate is not None)]
    return all(map(_is_number, rates))


def _is_number(rate: Expression) -> bool:
    return isinstance(rate.node, Constant) and not rate.type.ratio


def _is_the_payees(bonus: LevelsBonus) -> bool:
    """Whether the rate is a formula that asks the payee alone, not even the level."""
    rate, face = bonus.rate, bonus.face_rate
    if rate is None or rate.type.ratio or rate.type.optional or bonus.as_of is not None:
        return False
    of_order = any(isinstance(part, Ordinal) for part in walk(rate.node))
    return not of_order and not reads_pair(rate.node) and (face is None or _is_number(face))
