"""The enums of the schema: labels as values, in the schema's order.

`ENUMS` maps the database's type names to classes; a test holds it equal to the schema that was asked for.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "ENUMS",
    "AutoShipStatus",
    "CaseSeverity",
    "CaseStatus",
    "CommissionType",
    "ContactSource",
    "ContactStatus",
    "CustomerStatus",
    "DistributorStatus",
    "GenealogyTree",
    "GenealogyType",
    "KycStatus",
    "OrderStatus",
    "PaymentStatus",
    "PayoutMethod",
    "PayoutStatus",
    "PeriodKind",
    "PeriodStatus",
    "ProductStatus",
    "RunStatus",
    "TaskPriority",
    "TaskStatus",
    "TaskType",
    "UserRole",
    "UserStatus",
]


class UserRole(StrEnum):
    """What a user may do."""

    ADMIN = "admin"
    MANAGER = "manager"
    DISTRIBUTOR = "distributor"
    SUPPORT = "support"
    FINANCE = "finance"
    AUDITOR = "auditor"


class UserStatus(StrEnum):
    """Whether a user may sign in."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    PENDING = "pending"


class DistributorStatus(StrEnum):
    """Where a distributor stands with the company."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    TERMINATED = "terminated"
    ON_HOLD = "on_hold"


class GenealogyType(StrEnum):
    """The trees that the closure table knows."""

    SPONSOR = "sponsor"
    PLACEMENT = "placement"


class ContactSource(StrEnum):
    """Where a contact came from."""

    WEBSITE = "website"
    REFERRAL = "referral"
    TRADE_SHOW = "trade_show"
    SOCIAL_MEDIA = "social_media"
    ADVERTISEMENT = "advertisement"
    COLD_CALL = "cold_call"
    EMAIL_CAMPAIGN = "email_campaign"
    OTHER = "other"


class ContactStatus(StrEnum):
    """How far a contact has come in the pipeline."""

    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    ENROLLED = "enrolled"
    WON = "won"
    LOST = "lost"


class TaskType(StrEnum):
    """What a task asks for."""

    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    FOLLOW_UP = "follow_up"
    DEMO = "demo"
    PRESENTATION = "presentation"
    OTHER = "other"


class TaskPriority(StrEnum):
    """How soon a task matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class TaskStatus(StrEnum):
    """How far a task has come."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class CustomerStatus(StrEnum):
    """Whether a customer may order."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class ProductStatus(StrEnum):
    """Whether a product is sold."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DISCONTINUED = "discontinued"


class OrderStatus(StrEnum):
    """How far an order has come."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class PaymentStatus(StrEnum):
    """How far an order's payment has come."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


class PeriodStatus(StrEnum):
    """How far a period has come."""

    OPEN = "open"
    CLOSED = "closed"
    CALCULATING = "calculating"
    FINALIZED = "finalized"


class CommissionType(StrEnum):
    """What kind of bonus a line is; the last five are added to the seed's (decision D11)."""

    RETAIL = "retail"
    UNILEVEL = "unilevel"
    MATCHING = "matching"
    LEADERSHIP = "leadership"
    FAST_START = "fast_start"
    RANK_BONUS = "rank_bonus"
    CAR_BONUS = "car_bonus"
    ADJUSTMENT = "adjustment"
    BINARY = "binary"
    MATRIX = "matrix"
    DIFFERENTIAL = "differential"
    GENERATION = "generation"
    POOL = "pool"


class PayoutMethod(StrEnum):
    """How somebody is paid."""

    BANK_TRANSFER = "bank_transfer"
    PAYPAL = "paypal"
    CHECK = "check"
    CRYPTOCURRENCY = "cryptocurrency"
    E_WALLET = "e_wallet"


class PayoutStatus(StrEnum):
    """How far a payout has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CaseSeverity(StrEnum):
    """How serious a compliance case is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class CaseStatus(StrEnum):
    """How far a compliance case has come."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"
    CLOSED = "closed"


class KycStatus(StrEnum):
    """How far the check of somebody's identity has come; a CHECK in the database, not a type."""

    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"
    EXPIRED = "expired"


class PeriodKind(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class GenealogyTree(StrEnum):
    """The trees in which people stand; the closure table knows the first two."""

    SPONSOR = "sponsor"
    PLACEMENT = "placement"
    ENROLLER = "enroller"


class RunStatus(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    CALCULATED = "calculated"
    FINALIZED = "finalized"
    REPLACED = "replaced"
    FAILED = "failed"


class AutoShipStatus(StrEnum):
    """Whether a standing order is placed when it is due."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"


ENUMS: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "user_role": UserRole,
        "user_status": UserStatus,
        "distributor_status": DistributorStatus,
        "genealogy_type": GenealogyType,
        "contact_source": ContactSource,
        "contact_status": ContactStatus,
        "task_type": TaskType,
        "task_priority": TaskPriority,
        "task_status": TaskStatus,
        "customer_status": CustomerStatus,
        "product_status": ProductStatus,
        "order_status": OrderStatus,
        "payment_status": PaymentStatus,
        "period_status": PeriodStatus,
        "commission_type": CommissionType,
        "payout_method": PayoutMethod,
        "payout_status": PayoutStatus,
        "case_severity": CaseSeverity,
        "case_status": CaseStatus,
    }
)
"""The schema's enum types by name."""
