"""What an application does: win people, enrol, move, order, close a month, calculate, finalize, pay.

Plain functions over a unit of work, the same code for memory and for PostgreSQL; no SQL. The unit comes first, what
is to be done second. Nothing is kept until the unit's block ends, and everything is repeatable: the same command
again changes nothing.
"""

from mlmcore.operations.cases import (
    CaseOpening,
    CaseSubject,
    add_evidence,
    assign_case,
    close_case,
    dismiss_case,
    escalate_case,
    open_case,
    release_hold,
    reopen_case,
    resolve_case,
)
from mlmcore.operations.contacts import (
    Activity,
    HandOver,
    NewContact,
    add_contact,
    hand_over_contact,
    lose_contact,
    record_activity,
    take_up_contact,
)
from mlmcore.operations.conversion import Conversion, convert_contact, mark_enrolled, match_contact
from mlmcore.operations.enrolment import Enrolment, FormerCustomer, OwnSeller, enrol
from mlmcore.operations.month import Progress, calculate_period, finalize_period
from mlmcore.operations.move import Move, move_distributor
from mlmcore.operations.orders import (
    OrderLine,
    OrderPlacement,
    cancel_order,
    fail_payment,
    pay_order,
    place_order,
    retry_payment,
)
from mlmcore.operations.payout_policy import HeldReason, PayoutPolicy
from mlmcore.operations.payout_requests import PayoutRequest, request_payout
from mlmcore.operations.payout_steps import (
    ApprovalPolicy,
    approve_payout,
    cancel_payout,
    complete_payout,
    fail_payout,
    process_payout,
    retry_payout,
)
from mlmcore.operations.payouts import Payouts, PayoutSums, draw_up_payouts
from mlmcore.operations.periods import close_period, open_period
from mlmcore.operations.plans import install_plan
from mlmcore.operations.refunds import Refund, RefundLine, refund_order
from mlmcore.operations.review import Review, review
from mlmcore.operations.shipping import deliver_order, process_order, ship_order
from mlmcore.operations.sign_in import (
    change_password_hash,
    record_failed_login,
    record_login,
    turn_off_two_factor,
    turn_on_two_factor,
    unlock_user,
)
from mlmcore.operations.standing import hold_distributor, hold_payout, release_distributor, release_payout
from mlmcore.operations.tasks import (
    NewTask,
    add_task,
    cancel_task,
    complete_task,
    due_reminders,
    mark_reminded,
    put_back_task,
    reassign_task,
    reopen_task,
    reschedule_task,
    start_task,
)
from mlmcore.operations.termination import (
    CustomersStay,
    CustomersTo,
    CustomersToSponsor,
    KeepDownline,
    RollUpDownline,
    Termination,
    terminate,
)

__all__ = [
    "Activity",
    "ApprovalPolicy",
    "CaseOpening",
    "CaseSubject",
    "Conversion",
    "CustomersStay",
    "CustomersTo",
    "CustomersToSponsor",
    "Enrolment",
    "FormerCustomer",
    "HandOver",
    "HeldReason",
    "KeepDownline",
    "Move",
    "NewContact",
    "NewTask",
    "OrderLine",
    "OrderPlacement",
    "OwnSeller",
    "PayoutPolicy",
    "PayoutRequest",
    "PayoutSums",
    "Payouts",
    "Progress",
    "Refund",
    "RefundLine",
    "Review",
    "RollUpDownline",
    "Termination",
    "add_contact",
    "add_evidence",
    "add_task",
    "approve_payout",
    "assign_case",
    "calculate_period",
    "cancel_order",
    "cancel_payout",
    "cancel_task",
    "change_password_hash",
    "close_case",
    "close_period",
    "complete_payout",
    "complete_task",
    "convert_contact",
    "deliver_order",
    "dismiss_case",
    "draw_up_payouts",
    "due_reminders",
    "enrol",
    "escalate_case",
    "fail_payment",
    "fail_payout",
    "finalize_period",
    "hand_over_contact",
    "hold_distributor",
    "hold_payout",
    "install_plan",
    "lose_contact",
    "mark_enrolled",
    "mark_reminded",
    "match_contact",
    "move_distributor",
    "open_case",
    "open_period",
    "pay_order",
    "place_order",
    "process_order",
    "process_payout",
    "put_back_task",
    "reassign_task",
    "record_activity",
    "record_failed_login",
    "record_login",
    "refund_order",
    "release_distributor",
    "release_hold",
    "release_payout",
    "reopen_case",
    "reopen_task",
    "request_payout",
    "reschedule_task",
    "resolve_case",
    "retry_payment",
    "retry_payout",
    "review",
    "ship_order",
    "start_task",
    "take_up_contact",
    "terminate",
    "turn_off_two_factor",
    "turn_on_two_factor",
    "unlock_user",
]
