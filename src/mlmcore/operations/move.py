"""Moving a distributor in one tree, with the whole group: below another parent, into another leg, or to a root."""

from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import DistributorStatus, GenealogyTree
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.people import Distributor
from mlmcore.repositories.network_rules import checked_tree, moved
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Move", "move_distributor"]


@frozen(kw_only=True, field_transformer=validators.checked)
class Move:
    """Who is moved, and where to.

    Attributes:
        user_id: Who; everybody below comes along and nobody else.
        tree: In which tree; the other two stay as they are.
        to_parent_id: Below whom; None makes a root of the person.
        leg: In which leg of the parent: in the placement tree always, for a root and in the other trees never.
        reason: Why, for the record of moves.
    """

    user_id: UUID
    tree: GenealogyTree = field(converter=checked_tree)
    to_parent_id: UUID | None
    leg: int | None = None
    reason: str | None = field(default=None, validator=validators.text())


def move_distributor(unit: UnitOfWork, command: Move) -> Distributor:
    """Move somebody in one tree, and write down who did it, when, from where and why.

    Whoever stands there already is not moved, and nothing is written: repeating a command changes nothing.

    Returns:
        The distributor as stored.

    Raises:
        NotFoundError: The person or the new parent is not stored.
        InputError: The place is none: a placement parent without a leg, a leg where there are none, or below oneself.
        RefusedError: The person or the new parent is terminated, or the new parent stands below the person; the message
            shows the loop.
        ConflictError: Somebody else hangs in that leg.
    """
    person = unit.distributors.get(command.user_id)
    there = moved(person, command.tree, command.to_parent_id, command.leg)
    if _place(there, command.tree) == _place(person, command.tree):
        return person
    _refuse_terminated(person, person, "the person")
    if command.to_parent_id is not None:
        parent = unit.distributors.get(command.to_parent_id)
        _refuse_terminated(person, parent, "the new parent")
        _refuse_taken_leg(unit, person, parent, command)
    return unit.distributors.move(
        command.user_id, command.tree, command.to_parent_id, command.leg, reason=command.reason
    )


def _place(person: Distributor, tree: GenealogyTree) -> tuple[UUID | None, int | None]:
    if tree == GenealogyTree.PLACEMENT:
        return person.placement_id, person.placement_leg
    return (person.sponsor_id if tree == GenealogyTree.SPONSOR else person.enroller_id), None


def _refuse_terminated(person: Distributor, looked_at: Distributor, role: str) -> None:
    if looked_at.status == DistributorStatus.TERMINATED:
        raise RefusedError(
            f"{person.distributor_number} cannot be moved: {role}, {looked_at.distributor_number}, is terminated"
        )


def _refuse_taken_leg(unit: UnitOfWork, person: Distributor, parent: Distributor, command: Move) -> None:
    """Say who hangs in the leg; the store would only say that somebody does."""
    if command.leg is None:
        return
    front = unit.trees.group(command.tree, parent.user_id, levels=1)
    for label, leg in zip(front.ids.labels(range(1, len(front))), front.leg[1:].tolist(), strict=True):
        if leg == command.leg:
            holder = unit.distributors.get(UUID(label)).distributor_number
            raise ConflictError(
                f"{person.distributor_number} cannot be moved to leg {leg} of {parent.distributor_number}: "
                f"{holder} hangs there; choose another leg, or move {holder} first"
            )
