"""What pages of the ledger and of the audit log are asked for: conditions that hold together.

One that is left out asks for nothing. A filter is checked when it is made; how it is answered is each store's business.
"""

from datetime import datetime
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import CommissionType

__all__ = ["EVERY_AUDIT_ROW", "EVERY_LINE", "AuditFilter", "LineFilter"]


@frozen(kw_only=True, field_transformer=validators.checked)
class LineFilter:
    """Which lines of a period's ledger.

    Attributes:
        distributor_id: Of this distributor.
        type: Of this type.
        bonus_id: Of this bonus.
        run_id: Written by this run. Lines of a run that was replaced are gone, and adjustments are of no run.
        source_order_id: Paid on this order.
    """

    distributor_id: UUID | None = None
    type: CommissionType | None = None
    bonus_id: str | None = field(default=None, validator=validators.text(50))
    run_id: UUID | None = None
    source_order_id: UUID | None = None


@frozen(kw_only=True, field_transformer=validators.checked)
class AuditFilter:
    """Which rows of the audit log.

    Attributes:
        entity_type: About this table.
        action: With this action: `insert`, `update`, `bulk`, and what else a store writes.
        actor_id: Caused by this user.
        request_id: Written by this request of the host.
        created_from: Written at this instant or later.
        created_before: Written before this instant.
    """

    entity_type: str | None = field(default=None, validator=validators.text(50))
    action: str | None = field(default=None, validator=validators.text(50))
    actor_id: UUID | None = None
    request_id: str | None = field(default=None, validator=validators.text(100))
    created_from: datetime | None = field(default=None, validator=validators.aware)
    created_before: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        validators.in_order(self, "created_from", "created_before")


EVERY_LINE = LineFilter()
"""All lines."""

EVERY_AUDIT_ROW = AuditFilter()
"""All rows."""
