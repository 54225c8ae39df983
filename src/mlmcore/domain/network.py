"""Rows of the network: closure paths and the history of moves. The trees themselves are columns of `Distributor`.

One frozen class per table; attributes are named as the columns and stand in their order. `None` for a timestamp
means that the store sets it.
"""

from datetime import datetime
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import GenealogyTree, GenealogyType
from mlmcore.domain.ids import new_id

__all__ = ["GenealogyMove", "GenealogyPath"]


@frozen(kw_only=True, field_transformer=validators.checked)
class GenealogyPath:
    """One row of the closure table: an ancestor, a descendant, and how far apart they are."""

    id: UUID = field(factory=new_id)
    ancestor_id: UUID
    descendant_id: UUID
    depth: int = field(validator=validators.integer(1))
    path_type: GenealogyType
    leg_position: int | None = field(default=None, validator=validators.integer(1))
    created_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        if self.ancestor_id == self.descendant_id:
            raise validators.broken(
                f"{self.ancestor_id} is both ancestor and descendant", "a path leads to somebody else"
            )


@frozen(kw_only=True, field_transformer=validators.checked)
class GenealogyMove:
    """One change of parent in one tree, kept for ever."""

    id: UUID = field(factory=new_id)
    distributor_id: UUID
    tree: GenealogyTree
    from_parent_id: UUID | None = None
    to_parent_id: UUID | None = None
    from_leg: int | None = field(default=None, validator=validators.integer(1))
    to_leg: int | None = field(default=None, validator=validators.integer(1))
    moved_at: datetime | None = field(default=None, validator=validators.aware)
    moved_by: UUID | None = None
    reason: str | None = field(default=None, validator=validators.text())
    created_at: datetime | None = field(default=None, validator=validators.aware)
