"""Of how many decimal places the exact amounts of a bonus are: what it publishes as `earned`."""

from collections.abc import Iterable

from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.types import Type, number
from mlmcore.compensation.plan import (
    AmountBonus,
    AnyBonus,
    BinaryBonus,
    DifferentialBonus,
    LevelsBonus,
    Plan,
    ThresholdTable,
)
from mlmcore.compensation.rounding import RATIO_PLACES
from mlmcore.domain.decimals import places_of


def earned_type(bonus: AnyBonus, plan: Plan) -> Type | None:
    """Return the type of what a bonus publishes as `earned`: exact money. None when the bonus is wrong."""
    places = earned_places(bonus, plan)
    return None if places is None or places > PLACES_LIMIT else number("money", places)


def earned_places(bonus: AnyBonus, plan: Plan) -> int | None:
    """Return the decimal places of a bonus's exact amounts, None where it is wrong."""
    point = 0 if bonus.point_value is None else _places([bonus.point_value])
    if isinstance(bonus, AmountBonus):
        return _sum(_places([bonus.amount]), point)
    if isinstance(bonus, DifferentialBonus):
        equal = () if bonus.equal is None else (bonus.equal.rate,)
        limit = () if bonus.limit is None else (bonus.limit,)
        return _sum(_places([bonus.base]), _places((bonus.rate, bonus.initial, *equal, *limit)), point)
    if isinstance(bonus, BinaryBonus):
        return _of_binary(bonus, plan, point)
    if bonus.amounts is not None:
        return _sum(_places(bonus.amounts), point)
    rates = (*rates_of(bonus), *(() if bonus.face_rate is None else (bonus.face_rate,)))
    if any(rate.checked is not None and rate.type.ratio for rate in rates):
        return RATIO_PLACES
    return _sum(_places([bonus.base]), _places(rates), point)


def leg_places(bonus: BinaryBonus, plan: Plan) -> int | None:
    """Return the decimal places of a binary bonus's legs: the finest of everything that is compared with them."""
    limits = (bonus.unit, bonus.match_minimum, bonus.match_maximum, bonus.carry_limit)
    places = _places([bonus.volume, *(one for one in limits if one is not None)])
    table = plan.tables.get(bonus.steps or "")
    if places is None or not isinstance(table, ThresholdTable):
        return places
    return max(places, *(places_of(threshold) for threshold, _ in table.rows))


def binary_columns(bonus: BinaryBonus, plan: Plan) -> dict[str, Type | None]:
    """Return the types of what a binary bonus publishes besides `earned` and `paid`."""
    places, money = leg_places(bonus, plan), earned_places(bonus, plan)
    unit = None if bonus.volume.checked is None else bonus.volume.type.unit
    leg = None if places is None else number(unit, places)
    legs = ("left", "right", "weak", "strong", "matched", "left_out", "right_out", "left_lost", "right_lost")
    found = {f"{bonus.id}.{name}": leg for name in legs}
    return found | {
        f"{bonus.id}.pairs": number(),
        f"{bonus.id}.capped": None if money is None else number("money", money),
    }


def _of_binary(bonus: BinaryBonus, plan: Plan, point: int | None) -> int | None:
    cap = bonus.cap.money if bonus.cap is not None else None
    capped = 0 if cap is None else _places([cap])
    if bonus.pay == "percent":
        if bonus.percent is not None and bonus.percent.checked is not None and bonus.percent.type.ratio:
            return RATIO_PLACES
        found = _sum(leg_places(bonus, plan), _places([bonus.percent]), point)
    elif bonus.pay == "pairs":
        found = _places([bonus.amount])
    else:
        table = plan.tables.get(bonus.steps or "")
        values = [value for _, value in table.rows] if isinstance(table, ThresholdTable) else []
        found = max(map(places_of, values), default=0)
    return None if found is None or capped is None else max(found, capped)


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
