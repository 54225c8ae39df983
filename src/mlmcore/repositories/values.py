"""What passes between a run and the store in bulk: columns in, columns out, and the claims that payouts are made of.

Nothing here is an entity: a snapshot is what a run is calculated from, a successor is what it leaves behind.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain.commissions import CommissionRun
from mlmcore.domain.enums import DistributorStatus, KycStatus, PayoutMethod
from mlmcore.domain.money import Money

if TYPE_CHECKING:  # whoever enrols people needs neither numpy nor the engine
    import numpy as np
    from numpy.typing import NDArray

    from mlmcore.compensation.columns import Column
    from mlmcore.compensation.inputs import CarriedRows, RunInputs
    from mlmcore.compensation.lines import AccountLines, LedgerLines, UnpaidLines

__all__ = ["Claim", "Snapshot", "Successor", "Volumes"]


@frozen(kw_only=True, eq=False)
class Snapshot:
    """One period as a run needs it.

    Attributes:
        inputs: What the engine takes. People and orders have the store's ids as keys and as labels.
        source_orders: `uint64[m, 2]`, by row of `inputs.orders`: the key of the stored order behind it. It is the
            row's own key, or for a refund the original's, since a ledger line names orders.
    """

    inputs: "RunInputs"
    source_orders: "NDArray[np.uint64]"


@frozen(kw_only=True, eq=False)
class Successor:
    """What a calculation leaves behind, ready to be stored.

    The lines name people and orders by index; the two arrays of keys say who that is.

    Attributes:
        run: The run as it will be stored: status `calculated`, official, totals and counts filled in.
        digest: The run's digest in hex, from which the lines' ids are made (`line_ids`).
        people: `uint64[n, 2]`: the key of each person index.
        orders: `uint64[m, 2]`: the key of the stored order behind each order index.
        lines: Lines of distributors, one segment per bonus.
        unpaid: What was not paid, one segment per bonus.
        accounts: Lines of accounts, one segment per bonus.
        carried: What the plan carries, by name, a column by person index.
        carried_rows: What it carries that is no column of people, by the name of what keeps it.
    """

    run: CommissionRun
    digest: str
    people: "NDArray[np.uint64]"
    orders: "NDArray[np.uint64]"
    lines: "LedgerLines"
    unpaid: "UnpaidLines"
    accounts: "AccountLines"
    carried: "Mapping[str, Column]" = field(factory=dict)
    carried_rows: "Mapping[str, CarriedRows]" = field(factory=dict)


@frozen(kw_only=True)
class Volumes:
    """Somebody's volumes in a period, in points, two decimal places at most."""

    distributor_id: UUID
    personal: Decimal
    group: Decimal


@frozen(kw_only=True)
class Claim:
    """What somebody may claim for a period in one currency, and what decides whether it is paid.

    Attributes:
        distributor_id: Who.
        earned: The sum of the period's ledger lines.
        held: What was held back from the payout of the period before.
        owed: The sum of open debts.
        status: The distributor's.
        kyc_status: Of the profile; `pending` without one.
        method: How the person wants to be paid, or None.
    """

    distributor_id: UUID
    earned: Money
    held: Money
    owed: Money
    status: DistributorStatus
    kyc_status: KycStatus
    method: PayoutMethod | None
