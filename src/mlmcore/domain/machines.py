"""Every state machine of the domain as one transition table.

A table says from which state one may come into which, and in a word what the move is called. Legal moves work; any
other raises an error that names the legal ones; staying where one is, is no move and is always allowed, so that a
repeated step changes nothing. The tables draw themselves into the documentation: `python -m mlmcore.domain.machines`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from attrs import Attribute, field, frozen

from mlmcore.domain.enums import (
    CaseStatus,
    ContactStatus,
    CustomerStatus,
    DistributorStatus,
    KycStatus,
    OrderStatus,
    PaymentStatus,
    PayoutStatus,
    PeriodStatus,
    ProductStatus,
    TaskStatus,
    UserStatus,
)
from mlmcore.domain.errors import IllegalMoveError

__all__ = [
    "CASE",
    "CONTACT",
    "CUSTOMER",
    "DISTRIBUTOR",
    "KYC",
    "MACHINES",
    "ORDER",
    "PAYMENT",
    "PAYOUT",
    "PERIOD",
    "PRODUCT",
    "TASK",
    "USER",
    "Machine",
]

State = TypeVar("State", bound=StrEnum)


@frozen(kw_only=True)
class Machine(Generic[State]):
    """Which state may follow which.

    Attributes:
        name: Whose state: `order`.
        about: One sentence for the documentation.
        table: From each state, the states that may follow and what that move is called. A state without moves is final.
        start: The state in which one is made.
    """

    name: str
    about: str
    start: State
    table: Mapping[State, Mapping[State, str]] = field()

    @table.validator
    def _check_table(self, attribute: "Attribute[object]", table: Mapping[State, Mapping[State, str]]) -> None:
        missing = [str(state) for state in type(self.start) if state not in table]
        if missing:
            raise ValueError(f"{attribute.name} of {self.name} lacks the states {', '.join(missing)}")

    def moves(self, state: State) -> tuple[State, ...]:
        """The states that may follow."""
        return tuple(self.table[state])

    def is_final(self, state: State) -> bool:
        """Whether nothing may follow."""
        return not self.table[state]

    def allows(self, source: State, target: State) -> bool:
        """Whether one may go, or stay."""
        return source == target or target in self.table[source]

    def check(self, source: State, target: State) -> None:
        """Let a legal move pass.

        Raises:
            IllegalMoveError: There is no such move; the message names the legal ones.
        """
        if not self.allows(source, target):
            raise IllegalMoveError(self.name, source, target, self.moves(source))

    def to_mermaid(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        for source, targets in self.table.items():
            lines += [f"    {source} --> {target}: {move}" for target, move in targets.items()]
            lines += [] if targets else [f"    {source} --> [*]"]
        return "\n".join(lines)


USER = Machine(
    name="user",
    about="A suspended user cannot sign in; whoever leaves becomes inactive and may come back.",
    start=UserStatus.PENDING,
    table={
        UserStatus.PENDING: {UserStatus.ACTIVE: "verify", UserStatus.INACTIVE: "give up"},
        UserStatus.ACTIVE: {UserStatus.SUSPENDED: "suspend", UserStatus.INACTIVE: "leave"},
        UserStatus.SUSPENDED: {UserStatus.ACTIVE: "reinstate", UserStatus.INACTIVE: "leave"},
        UserStatus.INACTIVE: {UserStatus.ACTIVE: "come back"},
    },
)

DISTRIBUTOR = Machine(
    name="distributor",
    about="Termination is final: the place in the trees stays, and whoever wants to come back enrols anew.",
    start=DistributorStatus.ACTIVE,
    table={
        DistributorStatus.ACTIVE: {
            DistributorStatus.INACTIVE: "lapse",
            DistributorStatus.ON_HOLD: "hold",
            DistributorStatus.TERMINATED: "terminate",
        },
        DistributorStatus.INACTIVE: {
            DistributorStatus.ACTIVE: "reactivate",
            DistributorStatus.ON_HOLD: "hold",
            DistributorStatus.TERMINATED: "terminate",
        },
        DistributorStatus.ON_HOLD: {
            DistributorStatus.ACTIVE: "release",
            DistributorStatus.INACTIVE: "release as inactive",
            DistributorStatus.TERMINATED: "terminate",
        },
        DistributorStatus.TERMINATED: {},
    },
)

CUSTOMER = Machine(
    name="customer",
    about="A suspended customer cannot order.",
    start=CustomerStatus.ACTIVE,
    table={
        CustomerStatus.ACTIVE: {CustomerStatus.INACTIVE: "lapse", CustomerStatus.SUSPENDED: "suspend"},
        CustomerStatus.INACTIVE: {CustomerStatus.ACTIVE: "return", CustomerStatus.SUSPENDED: "suspend"},
        CustomerStatus.SUSPENDED: {CustomerStatus.ACTIVE: "reinstate", CustomerStatus.INACTIVE: "close"},
    },
)

PRODUCT = Machine(
    name="product",
    about="A discontinued product is never sold again; a relaunch is a new product.",
    start=ProductStatus.ACTIVE,
    table={
        ProductStatus.ACTIVE: {ProductStatus.INACTIVE: "withdraw", ProductStatus.DISCONTINUED: "discontinue"},
        ProductStatus.INACTIVE: {ProductStatus.ACTIVE: "offer again", ProductStatus.DISCONTINUED: "discontinue"},
        ProductStatus.DISCONTINUED: {},
    },
)

CONTACT = Machine(
    name="contact",
    about=(
        "The pipeline goes forward, steps may be skipped, and whoever was lost may be taken up again. A customer that "
        "was won may still enrol; enrolled is final."
    ),
    start=ContactStatus.NEW,
    table={
        ContactStatus.NEW: {
            ContactStatus.CONTACTED: "contact",
            ContactStatus.QUALIFIED: "qualify",
            ContactStatus.LOST: "lose",
        },
        ContactStatus.CONTACTED: {
            ContactStatus.QUALIFIED: "qualify",
            ContactStatus.PROPOSAL: "propose",
            ContactStatus.LOST: "lose",
        },
        ContactStatus.QUALIFIED: {
            ContactStatus.PROPOSAL: "propose",
            ContactStatus.NEGOTIATION: "negotiate",
            ContactStatus.ENROLLED: "enrol",
            ContactStatus.WON: "win",
            ContactStatus.LOST: "lose",
        },
        ContactStatus.PROPOSAL: {
            ContactStatus.NEGOTIATION: "negotiate",
            ContactStatus.ENROLLED: "enrol",
            ContactStatus.WON: "win",
            ContactStatus.LOST: "lose",
        },
        ContactStatus.NEGOTIATION: {
            ContactStatus.ENROLLED: "enrol",
            ContactStatus.WON: "win",
            ContactStatus.LOST: "lose",
        },
        ContactStatus.ENROLLED: {},
        ContactStatus.WON: {ContactStatus.ENROLLED: "enrol"},
        ContactStatus.LOST: {ContactStatus.CONTACTED: "take up again"},
    },
)

TASK = Machine(
    name="task",
    about="A task that was completed by mistake is opened again; a cancelled one is not.",
    start=TaskStatus.PENDING,
    table={
        TaskStatus.PENDING: {
            TaskStatus.IN_PROGRESS: "start",
            TaskStatus.COMPLETED: "complete",
            TaskStatus.CANCELLED: "cancel",
        },
        TaskStatus.IN_PROGRESS: {
            TaskStatus.PENDING: "put back",
            TaskStatus.COMPLETED: "complete",
            TaskStatus.CANCELLED: "cancel",
        },
        TaskStatus.COMPLETED: {TaskStatus.IN_PROGRESS: "reopen"},
        TaskStatus.CANCELLED: {},
    },
)

ORDER = Machine(
    name="order",
    about="What was shipped can no longer be cancelled, only refunded.",
    start=OrderStatus.PENDING,
    table={
        OrderStatus.PENDING: {OrderStatus.CONFIRMED: "confirm", OrderStatus.CANCELLED: "cancel"},
        OrderStatus.CONFIRMED: {
            OrderStatus.PROCESSING: "process",
            OrderStatus.SHIPPED: "ship",
            OrderStatus.CANCELLED: "cancel",
            OrderStatus.REFUNDED: "refund",
        },
        OrderStatus.PROCESSING: {
            OrderStatus.SHIPPED: "ship",
            OrderStatus.CANCELLED: "cancel",
            OrderStatus.REFUNDED: "refund",
        },
        OrderStatus.SHIPPED: {OrderStatus.DELIVERED: "deliver", OrderStatus.REFUNDED: "refund"},
        OrderStatus.DELIVERED: {OrderStatus.REFUNDED: "refund"},
        OrderStatus.CANCELLED: {},
        OrderStatus.REFUNDED: {},
    },
)

PAYMENT = Machine(
    name="payment",
    about="A failed payment may be tried again; a refund in part may be followed by more.",
    start=PaymentStatus.PENDING,
    table={
        PaymentStatus.PENDING: {PaymentStatus.PAID: "pay", PaymentStatus.FAILED: "fail"},
        PaymentStatus.FAILED: {PaymentStatus.PENDING: "try again", PaymentStatus.PAID: "pay"},
        PaymentStatus.PAID: {
            PaymentStatus.PARTIALLY_REFUNDED: "refund in part",
            PaymentStatus.REFUNDED: "refund",
        },
        PaymentStatus.PARTIALLY_REFUNDED: {PaymentStatus.REFUNDED: "refund the rest"},
        PaymentStatus.REFUNDED: {},
    },
)

KYC = Machine(
    name="kyc",
    about="Whoever was rejected or expired hands in documents again.",
    start=KycStatus.PENDING,
    table={
        KycStatus.PENDING: {KycStatus.VERIFIED: "verify", KycStatus.REJECTED: "reject"},
        KycStatus.VERIFIED: {KycStatus.EXPIRED: "expire", KycStatus.REJECTED: "revoke"},
        KycStatus.REJECTED: {KycStatus.PENDING: "hand in again"},
        KycStatus.EXPIRED: {KycStatus.PENDING: "hand in again"},
    },
)

PERIOD = Machine(
    name="period",
    about=(
        "`calculating` with a completion time means calculated and in review; a failed run, or the wish to calculate "
        "again, goes back to closed; finalized is for ever."
    ),
    start=PeriodStatus.OPEN,
    table={
        PeriodStatus.OPEN: {PeriodStatus.CLOSED: "close"},
        PeriodStatus.CLOSED: {PeriodStatus.CALCULATING: "calculate", PeriodStatus.OPEN: "open again"},
        PeriodStatus.CALCULATING: {PeriodStatus.CLOSED: "fail or repeat", PeriodStatus.FINALIZED: "finalize"},
        PeriodStatus.FINALIZED: {},
    },
)

PAYOUT = Machine(
    name="payout",
    about="A failed payout is requested again; a completed one is final, and a mistake in it is a debt.",
    start=PayoutStatus.REQUESTED,
    table={
        PayoutStatus.REQUESTED: {PayoutStatus.APPROVED: "approve", PayoutStatus.CANCELLED: "cancel"},
        PayoutStatus.APPROVED: {PayoutStatus.PROCESSING: "process", PayoutStatus.CANCELLED: "cancel"},
        PayoutStatus.PROCESSING: {PayoutStatus.COMPLETED: "complete", PayoutStatus.FAILED: "fail"},
        PayoutStatus.COMPLETED: {},
        PayoutStatus.FAILED: {PayoutStatus.REQUESTED: "request again", PayoutStatus.CANCELLED: "cancel"},
        PayoutStatus.CANCELLED: {},
    },
)

CASE = Machine(
    name="compliance case",
    about="A resolved case may be looked into again until it is closed.",
    start=CaseStatus.OPEN,
    table={
        CaseStatus.OPEN: {CaseStatus.INVESTIGATING: "investigate", CaseStatus.CLOSED: "dismiss"},
        CaseStatus.INVESTIGATING: {CaseStatus.RESOLVED: "resolve", CaseStatus.CLOSED: "dismiss"},
        CaseStatus.RESOLVED: {CaseStatus.INVESTIGATING: "look again", CaseStatus.CLOSED: "close"},
        CaseStatus.CLOSED: {},
    },
)

MACHINES: tuple[Machine[StrEnum], ...] = (  # type: ignore[assignment]  # the page needs no states' types
    USER,
    DISTRIBUTOR,
    CUSTOMER,
    PRODUCT,
    CONTACT,
    TASK,
    ORDER,
    PAYMENT,
    KYC,
    PERIOD,
    PAYOUT,
    CASE,
)


def _page() -> str:
    lines = [
        "# State machines",
        "",
        "Made by `python -m mlmcore.domain.machines`; a test holds it current. Staying in a state is always allowed.",
    ]
    for machine in MACHINES:
        lines += ["", f"## {machine.name}", "", machine.about, "", "| from | to | move |", "|---|---|---|"]
        for source, targets in machine.table.items():
            lines += [f"| {source} | {target} | {move} |" for target, move in targets.items()]
            lines += [] if targets else [f"| {source} | (final) | |"]
        lines += ["", "```mermaid", machine.to_mermaid(), "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(_page())
