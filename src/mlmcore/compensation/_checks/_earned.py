"""Of how many decimal places the exact amounts of a bonus are: what it publishes as `earned`."""

from collections.abc import Iterable

from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.types import Type, number
from mlmcore.compensation.plan import AmountBonus, AnyBonus, DifferentialBonus, LevelsBonus
from mlmcore.compensation.rounding import RATIO_PLACES


def earned_type(bonus: AnyBonus) -> Type | None:
    """Return the type of what a bonus publishes as `earned`: exact money. None when the bonus is wrong."""
    places = earned_places(bonus)
    return None if places is None or places > PLACES_LIMIT else number("money", places)


def earned_places(bonus: AnyBonus) -> int | None:
    point = 0 if bonus.point_value is None else _places([bonus.point_value])
    if isinstance(bonus, AmountBonus):
        return _sum(_places([bonus.amount]), point)
    if isinstance(bonus, DifferentialBonus):
        equal = () if bonus.equal is None else (bonus.equal.rate,)
        limit = () if bonus.limit is None else (bonus.limit,)
        return _sum(_places([bonus.base]), _places((bonus.rate, bonus.initial, *equal, *limit)), point)
    if bonus.amounts is not None:
        return _sum(_places(bonus.amounts), point)
    rates = (*rates_of(bonus), *(() if bonus.face_rate is None else (bonus.face_rate,)))
    if any(rate.checked is not None and rate.type.ratio for rate in rates):
        return RATIO_PLACES
    return _sum(_places([bonus.base]), _places(rates), point)


def _places(expressions: Iterable[Expression | None]) -> int | None:
    types = [None if one is None or one.checked is None else one.type for one in expressions]
    return None if not types or None in types else max(found.places for found in types if found is not None)


def _sum(*places: int | None) -> int | None:
    return None if None in places else sum(one for one in places if one is not None)


def rates_of(bonus: LevelsBonus) -> tuple[Expression, ...]:
    """Return every rate that a bonus may pay."""
    rows = [row for rates in (bonus.rates_by_rank or {}).values() for row in rates]
    single = [one for one in (bonus.rate, bonus.beyond) if one is not None]
    return (*(bonus.rates or ()), *rows, *(bonus.rate_by_rank or {}).values(), *single)
