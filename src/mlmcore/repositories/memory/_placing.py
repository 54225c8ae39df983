"""Free places of the placement tree in memory: the plain way, over everybody (D14)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain.people import Distributor
from mlmcore.repositories.placing import FreePlace, PlacementRule, Spillover

__all__ = ["free_place"]

_Hanging = Mapping[tuple[UUID, int], UUID]


def free_place(wanted: Spillover, people: Iterable[Distributor]) -> FreePlace | None:
    """Return the free place that a rule means, or None."""
    people = list(people)
    placed = ((person.placement_id, person.placement_leg, person.user_id) for person in people)
    hanging = {(parent, leg): person for parent, leg, person in placed if parent is not None and leg is not None}
    if wanted.rule == PlacementRule.BREADTH_FIRST:
        return _highest_place(wanted, hanging)
    if wanted.rule in {PlacementRule.BALANCED, PlacementRule.WEAKER_LEG}:
        return _lightest_place(wanted, hanging, _weighed(wanted, people, hanging))
    return _outermost_place(wanted, hanging)


def _outermost_place(wanted: Spillover, hanging: _Hanging) -> FreePlace | None:
    leg = 1 if wanted.rule == PlacementRule.LEFT else wanted.width
    here, depth = wanted.under_id, 1
    while (here, leg) in hanging:
        here, depth = hanging[here, leg], depth + 1
    fits = wanted.levels is None or depth <= wanted.levels
    return FreePlace(parent_id=here, leg=leg) if fits else None


def _highest_place(wanted: Spillover, hanging: _Hanging) -> FreePlace | None:
    level, depth = [wanted.under_id], 1
    while level and (wanted.levels is None or depth <= wanted.levels):
        legs = [(person, leg) for person in level for leg in range(1, wanted.width + 1)]
        for person, leg in legs:
            if (person, leg) not in hanging:
                return FreePlace(parent_id=person, leg=leg)
        level, depth = [hanging[place] for place in legs], depth + 1
    return None


@frozen(kw_only=True)
class _Weights:
    """What the group of each person weighs, the person included.

    Attributes:
        people: How many there are in it.
        volume: What they bring.
        nearest: How many levels down it has a free place: 1 where a leg of the person's own is free.
    """

    people: dict[UUID, int] = field(factory=dict)
    volume: dict[UUID, Decimal] = field(factory=dict)
    nearest: dict[UUID, int] = field(factory=dict)


def _weighed(wanted: Spillover, people: Iterable[Distributor], hanging: _Hanging) -> _Weights:
    own = {person.user_id: getattr(person, wanted.volume) if wanted.volume else Decimal(0) for person in people}
    children: dict[UUID, list[UUID]] = defaultdict(list)
    for (parent, _), person in hanging.items():
        children[parent].append(person)
    order = [wanted.under_id]
    for person in order:  # which grows meanwhile: everybody after those above them
        order.extend(children[person])
    weights = _Weights()
    for person in reversed(order):
        below = children[person]
        weights.people[person] = 1 + sum(weights.people[child] for child in below)
        weights.volume[person] = own[person] + sum(weights.volume[child] for child in below)
        legs = [hanging.get((person, leg)) for leg in range(1, wanted.width + 1)]
        weights.nearest[person] = 1 + min(0 if child is None else weights.nearest[child] for child in legs)
    return weights


def _lightest_place(wanted: Spillover, hanging: _Hanging, weights: _Weights) -> FreePlace | None:
    """Go down the lightest leg, among those that have a free place within the levels, until it is free (S5 to S7)."""
    weigh = wanted.rule == PlacementRule.WEAKER_LEG
    here, levels = wanted.under_id, wanted.levels
    while levels is None or levels > 0:
        levels = None if levels is None else levels - 1
        legs = []
        for leg in range(1, wanted.width + 1):
            child = hanging.get((here, leg))
            if child is None:
                legs.append((Decimal(0), 0, leg))
            elif levels is None or weights.nearest[child] <= levels:
                legs.append((weights.volume[child] if weigh else Decimal(0), weights.people[child], leg))
        if not legs:
            return None
        *_, leg = min(legs)
        if (here, leg) not in hanging:
            return FreePlace(parent_id=here, leg=leg)
        here = hanging[here, leg]
    return None
