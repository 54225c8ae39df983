"""`amount`: a plain formula, per person or per order (plan language, section 5.5)."""

import numpy as np
from attrs import evolve

from mlmcore.compensation.bonuses._found import ACCOUNTS, Found, at_places, stacked
from mlmcore.compensation.bonuses._once import OncePerRank
from mlmcore.compensation.bonuses._sources import Sources, money, paying, reason_of, sources_of
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import AmountBonus
from mlmcore.domain.errors import InputError

__all__ = ["found_by_amount", "found_by_rank"]


def found_by_amount(sheet: Sheet, bonus: AmountBonus, sources: Sources) -> Found:
    """Everything that an `amount` bonus offers: the formula, for whom `where` holds.

    Raises:
        InputError: The formula cannot be computed, or names nobody as its payee.
    """
    payee = sources.person
    if bonus.payee is not None:
        payee = evaluate(bonus.payee.node, sources.frame(sheet)).values
        _refuse_nobody(sheet, bonus, sources, payee)
    whose = np.where(payee <= ACCOUNTS, sources.person, payee).astype(np.int32)
    frame = paying(sources.frame(sheet), payee)
    base = money(sheet, bonus, bonus.amount, frame)
    paid = evaluate(bonus.qualifies.node, evolve(frame, indices={**frame.indices, "self": whose})).values
    if bonus.once_per is None and (base.values == 0).any():  # nothing makes no line, and mostly that is most of it
        some = np.flatnonzero(base.values)
        sources, base, payee, whose, paid = sources.some(some), base.take(some), payee[some], whose[some], paid[some]
    reason = np.where(paid, 0, reason_of(sheet, whose, sources.moment)).astype(np.uint8)
    count = len(sources)
    per_row = bonus.dated is not None
    return Found(
        payee=np.ascontiguousarray(payee, dtype=np.int32),
        whose=whose,
        source=sources.person if per_row else np.full(count, -1, dtype=np.int32),
        order=sources.order,
        level=np.full(count, -1, dtype=np.int32),
        base=base.values,
        base_places=base.places,
        rate=np.ones(count, dtype=np.int64),
        rate_places=0,
        reason=reason,
        missed=np.zeros(count, dtype=np.bool_),
    )


def found_by_rank(sheet: Sheet, bonus: AmountBonus, once: OncePerRank) -> Found:
    """Everything that an amount offers which is computed for each rank newly reached, lowest first.

    Raises:
        InputError: The formula cannot be computed, or names nobody as its payee.
    """
    everybody = sources_of(sheet, evolve(bonus, where=None))
    parts = [Found.nothing()]
    for position, rank in enumerate(sheet.plan.rank_ids):
        typed = bonus.of_ranks[rank]
        sources = everybody.some(once.open(position))
        if typed.where is not None:
            sources = sources.some(evaluate(typed.where.node, sources.frame(sheet)).values)
        if not len(sources):
            continue
        of_rank = evolve(bonus, amount=typed.amount, qualifies=typed.qualifies, payee=typed.payee)
        found = found_by_amount(sheet, of_rank, sources)
        once.use(position, sources.person[(found.reason == 0) & (found.exact() != 0)])
        parts.append(found)
    same = at_places(parts)
    return stacked(same[0], same)


def _refuse_nobody(
    sheet: Sheet, bonus: AmountBonus, sources: Sources, payee: "np.ndarray[tuple[int], np.dtype[np.int32]]"
) -> None:
    rows, word = sheet.rows.dated(sources.of), "order" if sources.of == "orders" else "event"
    todo = f"leave such {word}s out with `where`, or name somebody for them"
    whats = (
        f"{word} {rows.ids.label(int(order))} has nobody as the payee of {bonus.id}"
        for order in sources.order[payee == -1]
    )
    findings = [bonus.finding("plan.payee", what, todo, "payee") for what in whats]
    if findings:
        raise InputError(findings)
