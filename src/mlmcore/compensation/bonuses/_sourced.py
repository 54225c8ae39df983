"""Bonuses that start from orders, events or people, once for each period of `every`; refunds take back."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mlmcore.compensation.bonuses._cascades import cascaded
from mlmcore.compensation.bonuses._draft import Draft
from mlmcore.compensation.bonuses._earnings import earnings_name, earnings_of
from mlmcore.compensation.bonuses._found import Found
from mlmcore.compensation.bonuses._money import drafted, settled
from mlmcore.compensation.bonuses._on_trees import found_on_trees
from mlmcore.compensation.bonuses._once import OncePer, OncePerRank
from mlmcore.compensation.bonuses._quick_levels import quickly_weighed
from mlmcore.compensation.bonuses._ran import Ran
from mlmcore.compensation.bonuses._refunds import Refunds
from mlmcore.compensation.bonuses._sources import Sources, no_sources, sources_of
from mlmcore.compensation.bonuses._spans import each_span, pays_now, spans_of
from mlmcore.compensation.bonuses.amount import found_by_amount, found_by_rank
from mlmcore.compensation.bonuses.differential import found_by_differential
from mlmcore.compensation.bonuses.levels import found_by_levels
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import AmountBonus, DifferentialBonus, LevelsBonus, SourceBonus

__all__ = ["ran_sourced"]

_FINDERS: Final[Mapping[type[SourceBonus], Callable[[Sheet, Any, Sources], Found]]] = {
    AmountBonus: found_by_amount,
    DifferentialBonus: found_by_differential,
    LevelsBonus: found_by_levels,
}


def ran_sourced(sheet: Sheet, bonus: SourceBonus) -> Ran:
    """Run a bonus over its sources.

    Raises:
        InputError: Something in it cannot be computed.
    """
    if isinstance(bonus, AmountBonus) and bonus.once_per is not None:
        return _ran_once(sheet, bonus)
    if isinstance(bonus, AmountBonus) or bonus.earnings is None:
        return Ran(drafts=tuple(_drafts(sheet, bonus)))
    name = earnings_name(bonus)
    sheet.person[name] = earnings_of(sheet, bonus)
    drafts = tuple(_drafts(sheet, bonus))
    return Ran(drafts=drafts, columns={name: sheet.person[name]})


def _ran_once(sheet: Sheet, bonus: AmountBonus) -> Ran:
    """Run an amount that is paid once per something, which the next period is told."""
    if bonus.per_rank:
        ranks = OncePerRank(sheet, bonus)
        drafts = tuple(_drafts(sheet, bonus, lambda _: found_by_rank(sheet, bonus, ranks)))
        return Ran(drafts=drafts, rows=ranks.handed_on())
    once = OncePer(sheet, bonus)

    def left(sources: Sources) -> Found:
        return once.left(found_by_amount(sheet, bonus, sources), sources.person)

    drafts = tuple(_drafts(sheet, bonus, left))
    return Ran(drafts=drafts, rows=once.handed_on())


def _drafts(sheet: Sheet, bonus: SourceBonus, find: Callable[[Sources], Found] | None = None) -> Iterator[Draft]:
    """What the bonus comes to in each span; where its `when` is false only what refunds take back of earlier lines."""
    refunds = Refunds(sheet, bonus) if bonus.source == "orders" and sheet.plan.refunds == "original" else None
    if refunds is not None:
        sheet.refunds[bonus.id] = refunds
    for _ in each_span(sheet, spans_of(sheet, bonus)):
        pays = pays_now(sheet, bonus)
        if not pays and (refunds is None or not refunds.are_due() or bonus.is_column):
            continue
        sources = sources_of(sheet, bonus) if pays else no_sources(sheet, bonus)
        quick = quickly_weighed(sheet, bonus, sources) if isinstance(bonus, LevelsBonus) else None
        if quick is not None:
            yield settled(sheet, bonus, quick, refunds)
            continue
        found = found_on_trees(sheet, bonus, sources, _FINDERS[type(bonus)]) if find is None else find(sources)
        if not isinstance(bonus, AmountBonus) and bonus.cascades:
            found = cascaded(sheet, bonus, found)
        yield drafted(sheet, bonus, found, refunds)
