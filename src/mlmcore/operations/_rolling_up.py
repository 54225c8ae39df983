"""Who moves where when somebody leaves and their children take one step up, tree by tree; planned before anybody moves.

In the sponsor and the enroller tree the children go to the parent. In the placement tree the person gives up the leg
in which they hang, and the children take it and further free legs of the parent, the lowest first, in the order of the
legs in which they hung: a chain closes up, and what does not fit is found.
"""

from collections.abc import Iterator
from uuid import UUID

from attrs import frozen

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.people import Distributor
from mlmcore.repositories.filters import Below, DistributorFilter
from mlmcore.repositories.network_rules import PARENT_COLUMN
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Step", "plan_steps", "too_many"]

_PAGE = 1_000


@frozen(kw_only=True)
class Step:
    """One move.

    Attributes:
        person: Who.
        tree: In which tree.
        parent_id: Below whom, None for a root.
        leg: In which leg of the placement tree.
    """

    person: Distributor
    tree: GenealogyTree
    parent_id: UUID | None
    leg: int | None = None


def plan_steps(unit: UnitOfWork, person: Distributor, width: int) -> list[Step]:
    """Every move, in an order in which each leg is free when it is taken; none for children who do not fit."""
    steps = []
    for tree in (GenealogyTree.SPONSOR, GenealogyTree.ENROLLER):
        above = getattr(person, PARENT_COLUMN[tree])
        steps += [Step(person=child, tree=tree, parent_id=above) for child in _children(unit, person, tree)]
    return steps + list(_placements(unit, person, width))


def too_many(unit: UnitOfWork, person: Distributor, width: int) -> list[Distributor]:
    """The children in the placement tree for whom the parent has no leg."""
    if person.placement_id is None:
        return []
    children = _placed(unit, person)
    return children[len(_legs(unit, person, width)) :]


def _placements(unit: UnitOfWork, person: Distributor, width: int) -> Iterator[Step]:
    children, tree = _placed(unit, person), GenealogyTree.PLACEMENT
    if not children:
        return
    if person.placement_id is None:
        yield from (Step(person=child, tree=tree, parent_id=None) for child in children)
        return
    yield Step(person=person, tree=tree, parent_id=None)
    for child, leg in zip(children, _legs(unit, person, width), strict=False):
        yield Step(person=child, tree=tree, parent_id=person.placement_id, leg=leg)


def _placed(unit: UnitOfWork, person: Distributor) -> list[Distributor]:
    return sorted(_children(unit, person, GenealogyTree.PLACEMENT), key=lambda child: child.placement_leg or 0)


def _legs(unit: UnitOfWork, person: Distributor, width: int) -> list[int]:
    """The legs of the parent that the children may take: the person's own, then the free ones."""
    if person.placement_id is None or person.placement_leg is None:
        return []
    parent = unit.distributors.get(person.placement_id)
    taken = {child.placement_leg for child in _children(unit, parent, GenealogyTree.PLACEMENT)}
    return [person.placement_leg, *(leg for leg in range(1, width + 1) if leg not in taken)]


def _children(unit: UnitOfWork, person: Distributor, tree: GenealogyTree) -> list[Distributor]:
    where = DistributorFilter(below=Below(tree=tree, user_id=person.user_id, levels=1))
    found: list[Distributor] = []
    while page := unit.distributors.page(found[-1].user_id if found else None, _PAGE, where=where):
        found += page
    return found
