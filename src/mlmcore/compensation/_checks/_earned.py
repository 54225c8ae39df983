"""What a bonus publishes: its columns with their types, and of how many decimal places its exact amounts are.

Each kind of bonus says both in `_PLACES` and `_COLUMNS`; who asks needs to know no kinds.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.types import Type, number
from mlmcore.compensation.plan import (
    AmountBonus,
    AnyBonus,
    BinaryBonus,
    CustomBonus,
    DifferentialBonus,
    LevelsBonus,
    Plan,
    PoolBonus,
    SourceBonus,
    ThresholdTable,
    WalkBonus,
)
from mlmcore.compensation.rounding import RATIO_PLACES
from mlmcore.domain.decimals import places_of
from mlmcore.domain.money import currency_places

EARNINGS: Final = "earnings"
"""The bare name of what a source has of the bonuses that a walk starts from."""


def earned_type(bonus: AnyBonus, plan: Plan) -> Type | None:
    """Return the type of what a bonus publishes as `earned`: exact money or points. None when the bonus is wrong."""
    places = earned_places(bonus, plan)
    unit = "points" if bonus.in_points else "money"
    return None if places is None or places > PLACES_LIMIT else number(unit, places)  # type: ignore[arg-type]  # a unit


def earned_places(bonus: AnyBonus, plan: Plan) -> int | None:
    """Return the decimal places of a bonus's exact amounts, None where it is wrong.

    Refunds that take back shares of them take whole minor units, so that such amounts have at least their places.
    """
    point = 0 if bonus.point_value is None else _places([bonus.point_value])
    places = _PLACES[type(bonus)](bonus, plan, point)
    takes_back = plan.refunds == "original" and isinstance(bonus, SourceBonus) and bonus.source == "orders"
    return _largest(places, currency_places(plan.currency)) if takes_back else places


def published_columns(bonus: AnyBonus, plan: Plan) -> dict[str, Type | None]:
    """Return the types of all columns of people that a bonus publishes, by full name; None where it is wrong."""
    return {
        f"{bonus.id}.earned": earned_type(bonus, plan),
        **({} if bonus.is_column else {f"{bonus.id}.paid": number("money", plan.rounding.places)}),
        **own_columns(bonus, plan),
    }


def own_columns(bonus: AnyBonus, plan: Plan) -> dict[str, Type | None]:
    """Return what the bonus publishes besides `earned` and `paid`, as its kind has it."""
    published = _COLUMNS.get(type(bonus))
    own = {} if published is None else published(bonus, plan)
    return {f"{bonus.id}.{name}": found for name, found in own.items()}


def carried_columns(bonus: AnyBonus, plan: Plan) -> dict[str, Type | None]:
    """Return what the bonus hands to the next period about people, by full name."""
    own = own_columns(bonus, plan)
    return {f"{bonus.id}.{name}": own[f"{bonus.id}.{name}"] for name in CARRIED.get(type(bonus), ())}


def published_figures(bonus: AnyBonus, plan: Plan) -> dict[str, Type | None]:
    """Return the types of the figures of the run that a bonus publishes, by full name; None where it is wrong."""
    return {f"{bonus.id}.fund": fund_type(bonus, plan)} if isinstance(bonus, PoolBonus) else {}


def carried_figures(bonus: AnyBonus, plan: Plan) -> dict[str, Type | None]:
    """Return the figures that a bonus hands to the next period, by full name: what its fund still holds."""
    return published_figures(bonus, plan)


def fund_type(bonus: PoolBonus, plan: Plan) -> Type | None:
    """Return the type of what a fund holds: money of the places of what comes in, of a unit of money at least."""
    places = earned_places(bonus, plan)
    return None if places is None or places > PLACES_LIMIT else number("money", places)


def leg_places(bonus: BinaryBonus, plan: Plan) -> int | None:
    """Return the decimal places of a binary bonus's legs: the finest of everything that is compared with them."""
    limits = (bonus.unit, bonus.match_minimum, bonus.match_maximum, bonus.carry_limit)
    places = _places([bonus.volume, *(one for one in limits if one is not None)])
    table = plan.tables.get(bonus.steps or "")
    if places is None or not isinstance(table, ThresholdTable):
        return places
    return max(places, *(places_of(threshold) for threshold, _ in table.rows))


def _of_amount(bonus: AmountBonus, _: Plan, point: int | None) -> int | None:
    of_ranks = [one.amount for one in bonus.of_ranks.values()]
    return _sum(_places(of_ranks or [bonus.amount]), point)


def _of_differential(bonus: DifferentialBonus, _: Plan, point: int | None) -> int | None:
    equal = () if bonus.equal is None else (bonus.equal.rate,)
    limit = () if bonus.limit is None else (bonus.limit,)
    return _sum(_places([bonus.base]), _places((bonus.rate, bonus.initial, *equal, *limit)), point)


def _of_levels(bonus: LevelsBonus, _: Plan, point: int | None) -> int | None:
    budget = 0 if bonus.budget is None else _places([bonus.budget])
    if bonus.amounts is not None:
        return _largest(_sum(_places(bonus.amounts), point), budget)
    rates = (*rates_of(bonus), *(() if bonus.face_rate is None else (bonus.face_rate,)))
    if any(rate.checked is not None and rate.type.ratio for rate in rates):
        return _largest(RATIO_PLACES, budget)
    rate_places = _places(rates) if bonus.decay is None else bonus.decay.places
    return _sum(_largest(_sum(_places([bonus.base]), point), budget), rate_places)


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


def _of_custom(bonus: CustomBonus, _: Plan, __: int | None) -> int | None:
    return bonus.decimals


def _of_pool(bonus: PoolBonus, plan: Plan, point: int | None) -> int | None:
    found = _sum(_places([bonus.fund]), point)
    return None if found is None else max(found, plan.unit_places)


def _pool_columns(bonus: PoolBonus, _: Plan) -> dict[str, Type | None]:
    """The place, where people are placed."""
    return {} if bonus.order_by is None else {"place": number(optional=True)}


def _binary_columns(bonus: BinaryBonus, plan: Plan) -> dict[str, Type | None]:
    """The legs before and after matching, what matched, and what a cap took."""
    places, money = leg_places(bonus, plan), earned_places(bonus, plan)
    unit = None if bonus.volume.checked is None else bonus.volume.type.unit
    leg = None if places is None else number(unit, places)
    legs = ("left", "right", "weak", "strong", "matched", "left_out", "right_out", "left_lost", "right_lost")
    capped = None if money is None else number("money", money)
    return {**dict.fromkeys(legs, leg), "pairs": number(), "capped": capped}


def earnings_type(earned: Collection[Expression], own: int = 0) -> Type | None:
    """Return the type of a sum of what somebody has of several bonuses; None where one of them is wrong.

    Args:
        earned: What somebody has of each.
        own: Decimal places that the sum has at least.
    """
    known = [one.type.places for one in earned if one.checked is not None]
    return number("money", max([own, *known])) if len(known) == len(earned) else None


def _walk_columns(bonus: WalkBonus, _: Plan) -> dict[str, Type | None]:
    """What each person brings to a walk on earnings."""
    return {} if bonus.earnings is None else {EARNINGS: earnings_type(bonus.earnings)}


def _places(expressions: Iterable[Expression | None]) -> int | None:
    types = [None if one is None or one.checked is None else one.type for one in expressions]
    return None if not types or None in types else max(found.places for found in types if found is not None)


def _largest(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _sum(*places: int | None) -> int | None:
    return None if None in places else sum(one for one in places if one is not None)


def rates_of(bonus: LevelsBonus) -> tuple[Expression, ...]:
    """Return every rate that a bonus may pay."""
    rows = [row for rates in (bonus.rates_by_rank or {}).values() for row in rates]
    single = [one for one in (bonus.rate, bonus.beyond) if one is not None]
    return (*(bonus.rates or ()), *rows, *(bonus.rate_by_rank or {}).values(), *single)


_PLACES: Final[Mapping[type[AnyBonus], Callable[[Any, Plan, int | None], int | None]]] = {
    AmountBonus: _of_amount,
    BinaryBonus: _of_binary,
    CustomBonus: _of_custom,
    DifferentialBonus: _of_differential,
    LevelsBonus: _of_levels,
    PoolBonus: _of_pool,
}
CARRIED: Final[Mapping[type[AnyBonus], tuple[str, ...]]] = {BinaryBonus: ("left_out", "right_out")}
"""Of its own columns, what a kind of bonus hands to the next period."""
_COLUMNS: Final[Mapping[type[AnyBonus], Callable[[Any, Plan], dict[str, Type | None]]]] = {
    BinaryBonus: _binary_columns,
    DifferentialBonus: _walk_columns,
    LevelsBonus: _walk_columns,
    PoolBonus: _pool_columns,
}
