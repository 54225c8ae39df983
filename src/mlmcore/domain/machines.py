"""Every state machine of the domain as one table of moves.

A move leads from one state to another, has a name, and says what it means. Legal moves work; any other raises an error
that names the legal ones; staying where one is, is no move and is always allowed, so that a repeated step changes
nothing. The tables draw themselves into the documentation: `python -m mlmcore.domain.machines`.
"""

from enum import StrEnum
from typing import Any, Generic, TypeVar

from attrs import Attribute, field, frozen

from mlmcore.domain.enums import (
    AutoShipStatus,
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
    "AUTO_SHIP",
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
    "Move",
    "page",
]

State = TypeVar("State", bound=StrEnum)


@frozen
class Move(Generic[State]):
    """One row of a machine's table.

    Attributes:
        source: From this state
        target: into this one.
        name: What the move is called: `ship`.
        meaning: What has happened, as a clause.
    """

    source: State
    target: State
    name: str
    meaning: str


@frozen(kw_only=True)
class Machine(Generic[State]):
    """Which state may follow which. A state without moves is final.

    Attributes:
        name: Whose state: `order`.
        about: For the documentation.
        starts: The states in which one may be made, the usual one first.
        table: All moves, by the state that they lead from.
    """

    name: str
    about: str
    starts: tuple[State, ...]
    table: tuple[Move[State], ...] = field()

    @table.validator
    def _check_table(self, attribute: "Attribute[Any]", table: tuple[Move[State], ...]) -> None:
        pairs = [(move.source, move.target) for move in table]
        twice = sorted({f"{source} to {target}" for source, target in pairs if pairs.count((source, target)) > 1})
        lost = [state for state in self.states if state not in self.starts and state not in {pair[1] for pair in pairs}]
        if twice or lost:
            raise ValueError(f"{attribute.name} of {self.name}: moves twice {twice}, states that nothing enters {lost}")

    @property
    def states(self) -> tuple[State, ...]:
        """All states, in the schema's order."""
        return tuple(type(self.starts[0]))

    def moves(self, state: State) -> tuple[State, ...]:
        """The states that may follow."""
        return tuple(move.target for move in self.table if move.source == state)

    def is_final(self, state: State) -> bool:
        """Whether nothing may follow."""
        return not self.moves(state)

    def allows(self, source: State, target: State) -> bool:
        """Whether one may go, or stay."""
        return source == target or target in self.moves(source)

    def check(self, source: State, target: State) -> None:
        """Let a legal move pass.

        Raises:
            IllegalMoveError: There is no such move; the message names the legal ones.
        """
        if not self.allows(source, target):
            raise IllegalMoveError(self.name, source, target, self.moves(source))

    def to_mermaid(self) -> str:
        """The table as a Mermaid state diagram."""
        starts = [f"    [*] --> {state}" for state in self.starts]
        moves = [f"    {move.source} --> {move.target}: {move.name}" for move in self.table]
        ends = [f"    {state} --> [*]" for state in self.states if self.is_final(state)]
        return "\n".join(["stateDiagram-v2", *starts, *moves, *ends])


USER = Machine(
    name="user",
    about="Whether somebody may sign in: only an active user can. Whoever leaves becomes inactive and may come back.",
    starts=(UserStatus.ACTIVE, UserStatus.PENDING),
    table=(
        Move(UserStatus.PENDING, UserStatus.ACTIVE, "verify", "the address was confirmed"),
        Move(UserStatus.PENDING, UserStatus.INACTIVE, "give up", "the invitation lapsed, or was a mistake"),
        Move(UserStatus.ACTIVE, UserStatus.SUSPENDED, "suspend", "locked out while something is looked into"),
        Move(UserStatus.ACTIVE, UserStatus.INACTIVE, "leave", "the person left; the record stays"),
        Move(UserStatus.SUSPENDED, UserStatus.ACTIVE, "reinstate", "the matter was settled"),
        Move(UserStatus.SUSPENDED, UserStatus.INACTIVE, "leave", "the person left, or was made to"),
        Move(UserStatus.INACTIVE, UserStatus.ACTIVE, "come back", "the person is here again"),
    ),
)

DISTRIBUTOR = Machine(
    name="distributor",
    about=(
        "Where somebody stands with the company. Termination is final: the place in the trees stays, and whoever wants "
        "to come back enrols anew. What an inactive or held person earns is the plan's business."
    ),
    starts=(DistributorStatus.ACTIVE,),
    table=(
        Move(DistributorStatus.ACTIVE, DistributorStatus.INACTIVE, "lapse", "no purchase or renewal for too long"),
        Move(DistributorStatus.ACTIVE, DistributorStatus.ON_HOLD, "hold", "compliance looks into something"),
        Move(DistributorStatus.ACTIVE, DistributorStatus.TERMINATED, "terminate", "the contract ended"),
        Move(DistributorStatus.INACTIVE, DistributorStatus.ACTIVE, "reactivate", "renewed, or bought again"),
        Move(DistributorStatus.INACTIVE, DistributorStatus.ON_HOLD, "hold", "compliance looks into something"),
        Move(DistributorStatus.INACTIVE, DistributorStatus.TERMINATED, "terminate", "the contract ended"),
        Move(DistributorStatus.ON_HOLD, DistributorStatus.ACTIVE, "release", "nothing was found, or it was settled"),
        Move(
            DistributorStatus.ON_HOLD, DistributorStatus.INACTIVE, "release as inactive", "released, and lapsed since"
        ),
        Move(DistributorStatus.ON_HOLD, DistributorStatus.TERMINATED, "terminate", "what was found ended the contract"),
    ),
)

CUSTOMER = Machine(
    name="customer",
    about="Whether somebody may buy: a suspended customer cannot order.",
    starts=(CustomerStatus.ACTIVE,),
    table=(
        Move(CustomerStatus.ACTIVE, CustomerStatus.INACTIVE, "lapse", "no order for too long"),
        Move(CustomerStatus.ACTIVE, CustomerStatus.SUSPENDED, "suspend", "fraud or unpaid bills are suspected"),
        Move(CustomerStatus.INACTIVE, CustomerStatus.ACTIVE, "return", "ordered again"),
        Move(CustomerStatus.INACTIVE, CustomerStatus.SUSPENDED, "suspend", "fraud or unpaid bills are suspected"),
        Move(CustomerStatus.SUSPENDED, CustomerStatus.ACTIVE, "reinstate", "the matter was settled"),
        Move(CustomerStatus.SUSPENDED, CustomerStatus.INACTIVE, "close", "nobody pursues it any more"),
    ),
)

PRODUCT = Machine(
    name="product",
    about="Whether something is sold. A discontinued product never comes back; a relaunch is a new product.",
    starts=(ProductStatus.ACTIVE, ProductStatus.INACTIVE),
    table=(
        Move(ProductStatus.ACTIVE, ProductStatus.INACTIVE, "withdraw", "not offered for now"),
        Move(ProductStatus.ACTIVE, ProductStatus.DISCONTINUED, "discontinue", "not made any more"),
        Move(ProductStatus.INACTIVE, ProductStatus.ACTIVE, "offer", "on sale, for the first time or again"),
        Move(ProductStatus.INACTIVE, ProductStatus.DISCONTINUED, "discontinue", "not made any more"),
    ),
)

CONTACT = Machine(
    name="contact",
    about=(
        "How far somebody has come towards buying or joining. The pipeline goes forward, steps may be skipped, and "
        "whoever was lost may be taken up again. Won means a customer, who may still enrol; enrolled means a "
        "distributor, and is final."
    ),
    starts=(ContactStatus.NEW,),
    table=(
        Move(ContactStatus.NEW, ContactStatus.CONTACTED, "contact", "somebody spoke to them"),
        Move(ContactStatus.NEW, ContactStatus.QUALIFIED, "qualify", "they came with a clear interest"),
        Move(ContactStatus.NEW, ContactStatus.LOST, "lose", "not reachable, or not interested"),
        Move(ContactStatus.CONTACTED, ContactStatus.QUALIFIED, "qualify", "they are interested and able"),
        Move(ContactStatus.CONTACTED, ContactStatus.PROPOSAL, "propose", "an offer was made at once"),
        Move(ContactStatus.CONTACTED, ContactStatus.LOST, "lose", "they said no"),
        Move(ContactStatus.QUALIFIED, ContactStatus.PROPOSAL, "propose", "an offer was made"),
        Move(ContactStatus.QUALIFIED, ContactStatus.NEGOTIATION, "negotiate", "they talk about terms"),
        Move(ContactStatus.QUALIFIED, ContactStatus.ENROLLED, "enrol", "they joined as a distributor"),
        Move(ContactStatus.QUALIFIED, ContactStatus.WON, "win", "they bought as a customer"),
        Move(ContactStatus.QUALIFIED, ContactStatus.LOST, "lose", "they said no"),
        Move(ContactStatus.PROPOSAL, ContactStatus.NEGOTIATION, "negotiate", "they talk about terms"),
        Move(ContactStatus.PROPOSAL, ContactStatus.ENROLLED, "enrol", "they joined as a distributor"),
        Move(ContactStatus.PROPOSAL, ContactStatus.WON, "win", "they bought as a customer"),
        Move(ContactStatus.PROPOSAL, ContactStatus.LOST, "lose", "they said no"),
        Move(ContactStatus.NEGOTIATION, ContactStatus.ENROLLED, "enrol", "they joined as a distributor"),
        Move(ContactStatus.NEGOTIATION, ContactStatus.WON, "win", "they bought as a customer"),
        Move(ContactStatus.NEGOTIATION, ContactStatus.LOST, "lose", "they said no"),
        Move(ContactStatus.WON, ContactStatus.ENROLLED, "enrol", "the customer joined as a distributor"),
        Move(ContactStatus.LOST, ContactStatus.CONTACTED, "take up again", "somebody spoke to them once more"),
    ),
)

TASK = Machine(
    name="task",
    about="How far a task has come. One that was completed by mistake is opened again; a cancelled one is not.",
    starts=(TaskStatus.PENDING,),
    table=(
        Move(TaskStatus.PENDING, TaskStatus.IN_PROGRESS, "start", "somebody works on it"),
        Move(TaskStatus.PENDING, TaskStatus.COMPLETED, "complete", "done in one go"),
        Move(TaskStatus.PENDING, TaskStatus.CANCELLED, "cancel", "not needed any more"),
        Move(TaskStatus.IN_PROGRESS, TaskStatus.PENDING, "put back", "nobody works on it now"),
        Move(TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED, "complete", "done"),
        Move(TaskStatus.IN_PROGRESS, TaskStatus.CANCELLED, "cancel", "not needed any more"),
        Move(TaskStatus.COMPLETED, TaskStatus.IN_PROGRESS, "reopen", "it was not done after all"),
    ),
)

ORDER = Machine(
    name="order",
    about=(
        "How far an order has come; what has been paid is the payment's state. What was shipped can no longer be "
        "cancelled, only refunded."
    ),
    starts=(OrderStatus.PENDING,),
    table=(
        Move(OrderStatus.PENDING, OrderStatus.CONFIRMED, "confirm", "accepted; from here it counts, once paid"),
        Move(OrderStatus.PENDING, OrderStatus.CANCELLED, "cancel", "called off"),
        Move(OrderStatus.CONFIRMED, OrderStatus.PROCESSING, "process", "being picked and packed"),
        Move(OrderStatus.CONFIRMED, OrderStatus.SHIPPED, "ship", "sent at once"),
        Move(OrderStatus.CONFIRMED, OrderStatus.CANCELLED, "cancel", "called off before it was sent"),
        Move(OrderStatus.CONFIRMED, OrderStatus.REFUNDED, "refund", "all money went back"),
        Move(OrderStatus.PROCESSING, OrderStatus.SHIPPED, "ship", "sent"),
        Move(OrderStatus.PROCESSING, OrderStatus.CANCELLED, "cancel", "called off before it was sent"),
        Move(OrderStatus.PROCESSING, OrderStatus.REFUNDED, "refund", "all money went back"),
        Move(OrderStatus.SHIPPED, OrderStatus.DELIVERED, "deliver", "it arrived"),
        Move(OrderStatus.SHIPPED, OrderStatus.REFUNDED, "refund", "all money went back"),
        Move(OrderStatus.DELIVERED, OrderStatus.REFUNDED, "refund", "all money went back"),
    ),
)

PAYMENT = Machine(
    name="payment",
    about="What was paid of an order. A failed payment may be tried again; a refund in part may be followed by more.",
    starts=(PaymentStatus.PENDING,),
    table=(
        Move(PaymentStatus.PENDING, PaymentStatus.PAID, "pay", "the money arrived"),
        Move(PaymentStatus.PENDING, PaymentStatus.FAILED, "fail", "the card or bank said no"),
        Move(PaymentStatus.PAID, PaymentStatus.REFUNDED, "refund", "all money went back"),
        Move(PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, "refund in part", "some money went back"),
        Move(PaymentStatus.FAILED, PaymentStatus.PENDING, "try again", "a new attempt is under way"),
        Move(PaymentStatus.FAILED, PaymentStatus.PAID, "pay", "a new attempt succeeded"),
        Move(
            PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED, "refund the rest", "all money has gone back now"
        ),
    ),
)

AUTO_SHIP = Machine(
    name="auto-ship",
    about="Whether a standing order is placed when it is due. Whoever wants it again after cancelling begins anew.",
    starts=(AutoShipStatus.ACTIVE,),
    table=(
        Move(AutoShipStatus.ACTIVE, AutoShipStatus.PAUSED, "pause", "nothing is sent for now"),
        Move(AutoShipStatus.ACTIVE, AutoShipStatus.CANCELLED, "cancel", "nothing is sent any more"),
        Move(AutoShipStatus.PAUSED, AutoShipStatus.ACTIVE, "resume", "from a date that is said"),
        Move(AutoShipStatus.PAUSED, AutoShipStatus.CANCELLED, "cancel", "nothing is sent any more"),
    ),
)

KYC = Machine(
    name="kyc",
    about="How far the check of an identity has come. Whoever was rejected or expired hands in documents again.",
    starts=(KycStatus.PENDING,),
    table=(
        Move(KycStatus.PENDING, KycStatus.VERIFIED, "verify", "the documents are in order"),
        Move(KycStatus.PENDING, KycStatus.REJECTED, "reject", "the documents are not in order"),
        Move(KycStatus.VERIFIED, KycStatus.REJECTED, "revoke", "the documents turned out to be wrong"),
        Move(KycStatus.VERIFIED, KycStatus.EXPIRED, "expire", "a document is no longer valid"),
        Move(KycStatus.REJECTED, KycStatus.PENDING, "hand in again", "new documents came"),
        Move(KycStatus.EXPIRED, KycStatus.PENDING, "hand in again", "new documents came"),
    ),
)

PERIOD = Machine(
    name="period",
    about=(
        "How far a month has come. `calculating` with a completion time means calculated and in review. There is no "
        "way back to open: what arrives after the close is an adjustment in the open period. Finalized is for ever."
    ),
    starts=(PeriodStatus.OPEN,),
    table=(
        Move(PeriodStatus.OPEN, PeriodStatus.CLOSED, "close", "no further order counts in it"),
        Move(PeriodStatus.CLOSED, PeriodStatus.CALCULATING, "calculate", "a run has begun"),
        Move(
            PeriodStatus.CALCULATING, PeriodStatus.CLOSED, "fail or repeat", "the run failed, or another one is wanted"
        ),
        Move(PeriodStatus.CALCULATING, PeriodStatus.FINALIZED, "finalize", "reviewed; payouts are drawn up from it"),
    ),
)

PAYOUT = Machine(
    name="payout",
    about="How far a payout has come. A failed one may be requested again; a mistake in a completed one is a debt.",
    starts=(PayoutStatus.REQUESTED,),
    table=(
        Move(PayoutStatus.REQUESTED, PayoutStatus.APPROVED, "approve", "finance released it"),
        Move(PayoutStatus.REQUESTED, PayoutStatus.CANCELLED, "cancel", "not to be paid"),
        Move(PayoutStatus.APPROVED, PayoutStatus.PROCESSING, "process", "handed to the bank"),
        Move(PayoutStatus.APPROVED, PayoutStatus.CANCELLED, "cancel", "not to be paid after all"),
        Move(PayoutStatus.PROCESSING, PayoutStatus.COMPLETED, "complete", "the money arrived"),
        Move(PayoutStatus.PROCESSING, PayoutStatus.FAILED, "fail", "the bank sent it back"),
        Move(PayoutStatus.FAILED, PayoutStatus.REQUESTED, "request again", "the details were mended"),
        Move(PayoutStatus.FAILED, PayoutStatus.CANCELLED, "cancel", "nobody can be paid"),
    ),
)

CASE = Machine(
    name="compliance case",
    about="How far a compliance case has come. A resolved case may be looked into again until it is closed.",
    starts=(CaseStatus.OPEN,),
    table=(
        Move(CaseStatus.OPEN, CaseStatus.INVESTIGATING, "investigate", "somebody looks into it"),
        Move(CaseStatus.OPEN, CaseStatus.CLOSED, "dismiss", "there is nothing in it"),
        Move(CaseStatus.INVESTIGATING, CaseStatus.RESOLVED, "resolve", "a decision was made"),
        Move(CaseStatus.INVESTIGATING, CaseStatus.CLOSED, "dismiss", "there is nothing in it"),
        Move(CaseStatus.RESOLVED, CaseStatus.INVESTIGATING, "look again", "something new came up"),
        Move(CaseStatus.RESOLVED, CaseStatus.CLOSED, "close", "the decision stands"),
    ),
)

MACHINES: tuple[Machine[Any], ...] = (
    USER,
    DISTRIBUTOR,
    CUSTOMER,
    PRODUCT,
    CONTACT,
    TASK,
    ORDER,
    PAYMENT,
    AUTO_SHIP,
    KYC,
    PERIOD,
    PAYOUT,
    CASE,
)
"""All of them, in the order of the page."""


def page() -> str:
    """The page of the documentation: a table and a diagram for each machine."""
    head = "# State machines\n\nMade by `python -m mlmcore.domain.machines`; a test holds it current.\n"
    tail = "Staying in a state is always allowed, so a repeated step changes nothing. Any other move is an error.\n"
    return "\n".join([head, tail, "\n".join(map(_section, MACHINES))])


def _section(machine: Machine[Any]) -> str:
    rows = [f"| {move.source} | {move.target} | {move.name} | {move.meaning} |" for move in machine.table]
    rows += [f"| {state} | | | final |" for state in machine.states if machine.is_final(state)]
    table = "\n".join(["| from | to | move | meaning |", "|---|---|---|---|", *rows])
    return f"## {machine.name}\n\n{machine.about}\n\n{table}\n\n```mermaid\n{machine.to_mermaid()}\n```\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())
