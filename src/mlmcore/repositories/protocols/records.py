"""What is only read: the audit log, and the snapshot of a period from which a run is calculated."""

from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from mlmcore.domain.compliance import AuditLog
from mlmcore.repositories.record_filters import EVERY_AUDIT_ROW, AuditFilter
from mlmcore.repositories.values import Snapshot

if TYPE_CHECKING:
    from mlmcore.compensation.plan import Plan

__all__ = ["AuditLogs", "Snapshots"]


class AuditLogs(Protocol):
    """Who changed what. Written by the store itself; nobody else can.

    - **E1** Rows come by the instant of the units that wrote them, the oldest first.
    - **E2** A unit that is undone leaves no row.
    - **E3** A row names the unit's actor, request, session, address and agent; a unit without an actor names nobody,
      also when the unit before it had one.
    - **E4** `page` goes by instant, then id, after a row that was returned before.
    """

    def list_by_entity(self, entity_type: str, entity_id: UUID, /) -> tuple[AuditLog, ...]:
        """Return the rows about one row of one table, the oldest first."""
        ...

    def list_by_actor(self, actor_id: UUID | None, /) -> tuple[AuditLog, ...]:
        """Return the rows that an actor caused, the oldest first."""
        ...

    def list_by_request(self, request_id: str, /) -> tuple[AuditLog, ...]:
        """Return the rows that a request of the host wrote, the oldest first."""
        ...

    def page(
        self, after: AuditLog | None = None, limit: int = 1000, *, where: AuditFilter = EVERY_AUDIT_ROW
    ) -> tuple[AuditLog, ...]:
        """Return the next rows that a filter picks."""
        ...


class Snapshots(Protocol):
    """Reads one period as columns.

    - **S1** People: every distributor who joined by the period's last day, by id, with status and the plan's attributes
      (`distributors.attributes`; a missing one is absent). An attribute of another kind than declared is a finding.
    - **S2** Trees: `sponsor`, `placement`, `enroller`, as far as the plan declares them, everybody where they stood at
      the period's end, whoever has moved since; an upline who joined after the period's end is none. Of a plan with
      `tree_as_of = "sale"` the trees are where people stood first, and their moves up to the period's end come along
      with their days; of several on one day the last.
    - **S3** Orders: those that count (D5), on the day on which they were first paid, or created where that is not
      known (D16), as the period's timezone has it (D15), and within the period, or within a shorter period that ends
      in it and for which a bonus of the plan runs (`first_day`). The seller is `distributor_id`, the buyer the
      customer's `user_id`, or none. What happens after a period's end changes nothing in it: an order that is
      `refunded` by now still counts if a refund of it came after the end of the period in which its day lies, also
      where it is seen because of a shorter period that began before this one.
    - **S4** A refund in the period is an order with negative volumes on its own day that names its original, if the
      original counts in this period or is of an earlier day; an original of an earlier day comes along with its own
      day, so that it can be named. A refund in the period of a cancelled order is a finding: nobody can know whether
      that order ever counted.
    - **S5** Volumes: `pv` is the items' sum, `total` and `subtotal` the order's own; any other comes from
      `orders.volumes`, and for refunds from their items and `order_refunds.volumes`: so much of it, as text or as an
      integer, with the opposite sign of the order's. A missing volume is a finding.
    - **S6** Company figures of the period, and as previous state what the official run of the period before it carried.
    - **S7** Everything is read at one instant, and reading changes nothing.
    - **S8** All findings at once, each with table and id (`InputError`).
    - **S9** Events of the names that the plan declares, on the days of S3, by the day of their instant in the period's
      timezone, with the declared columns out of `data`. A column that is not in it, or of another kind, is a finding;
      null is no value, which a boolean must have. An event of somebody who joined after the period is a finding.
    """

    def read(self, period_id: str, plan: "Plan", /) -> Snapshot:
        """Return the inputs of a run of this plan over this period."""
        ...
