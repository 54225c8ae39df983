"""One sound entity of each kind that has a rule, and how a test breaks it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from mlmcore.domain.auto_ship import AutoShip, AutoShipItem, AutoShipOrder
from mlmcore.domain.commissions import (
    CommissionInput,
    CommissionPeriod,
    CommissionPlan,
    CommissionRun,
    Debt,
    LedgerLine,
    Payout,
    Rank,
    UnpaidLine,
)
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import CaseSeverity, CommissionType, GenealogyType, PayoutMethod, TaskType
from mlmcore.domain.errors import InputError
from mlmcore.domain.money import Money
from mlmcore.domain.network import GenealogyPath
from mlmcore.domain.people import Distributor, Territory, User, UserProfile
from mlmcore.domain.sales import (
    Customer,
    Order,
    OrderItem,
    OrderRefund,
    OrderRefundItem,
    Product,
    ProductCategory,
)

ANN, BOB = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def usd(amount: str | int) -> Money:
    """Dollars."""
    return Money.of(amount, "USD")


SOUND: Mapping[type[Any], Mapping[str, Any]] = {
    User: {"email": "ann@example.com"},
    UserProfile: {"user_id": ANN},
    Territory: {"id": ANN, "code": "N", "name": "North"},
    Distributor: {"user_id": ANN, "distributor_number": "D-1", "join_date": date(2026, 3, 1)},
    GenealogyPath: {"ancestor_id": ANN, "descendant_id": BOB, "depth": 1, "path_type": GenealogyType.SPONSOR},
    Contact: {"id": ANN, "owner_id": ANN, "name": "Bob"},
    Task: {"id": ANN, "title": "Call Bob", "type": TaskType.CALL, "assignee_id": ANN, "created_by_id": BOB},
    ComplianceCase: {
        "case_number": "K-1",
        "subject_type": "distributor",
        "subject_id": BOB,
        "severity": CaseSeverity.LOW,
        "title": "A post",
        "description": "It promises an income",
    },
    Customer: {"customer_number": "C-1", "distributor_id": ANN, "email": "bob@example.com"},
    ProductCategory: {"id": ANN, "slug": "tea", "name": "Tea"},
    Product: {"sku": "T-1", "name": "Tea", "price": usd(25)},
    OrderItem: {
        "order_id": ANN,
        "product_id": BOB,
        "quantity": 2,
        "unit_price": usd(25),
        "total_price": usd(50),
        "pv": Decimal(40),
    },
    Order: {
        "id": ANN,
        "order_number": "A-1",
        "customer_id": BOB,
        "distributor_id": BOB,
        "subtotal": usd(50),
        "total": usd(50),
        "shipping_address": {},
        "billing_address": {},
    },
    OrderRefundItem: {"refund_id": ANN, "order_item_id": BOB, "quantity": 1, "amount": usd(25), "pv": Decimal(20)},
    AutoShip: {
        "id": ANN,
        "number": "A-1",
        "customer_id": ANN,
        "interval_days": 30,
        "next_date": date(2026, 3, 1),
        "shipping_address": {},
        "billing_address": {},
    },
    AutoShipItem: {"auto_ship_id": ANN, "product_id": BOB, "quantity": 2},
    AutoShipOrder: {"auto_ship_id": ANN, "due_date": date(2026, 3, 1), "order_id": BOB},
    OrderRefund: {
        "id": ANN,
        "refund_number": "R-1",
        "order_id": BOB,
        "refunded_at": NOON,
        "amount": usd(25),
        "currency": "USD",
    },
    Rank: {"id": "gold", "name": "Gold", "level": 3},
    CommissionPeriod: {
        "id": "2026-03",
        "name": "March",
        "start_date": date(2026, 3, 1),
        "end_date": date(2026, 3, 31),
    },
    CommissionPlan: {
        "plan_id": "p",
        "version": "1",
        "document": "...",
        "digest": "0a" * 32,
        "effective_from": date(2026, 1, 1),
        "currency": "USD",
    },
    CommissionRun: {
        "id": ANN,
        "period_id": "2026-03",
        "plan_id": "p",
        "plan_version": "1",
        "plan_digest": "0a" * 32,
        "software_version": "1",
        "currency": "USD",
    },
    LedgerLine: {"period_id": "2026-03", "distributor_id": ANN, "type": CommissionType.UNILEVEL, "amount": usd(5)},
    UnpaidLine: {
        "period_id": "2026-03",
        "run_id": ANN,
        "bonus_id": "unilevel",
        "type": CommissionType.UNILEVEL,
        "reason": "inactive",
        "amount": Decimal("0.005"),
        "currency": "USD",
    },
    CommissionInput: {"period_id": "2026-03", "name": "pool", "value": Decimal(1), "unit": "money"},
    Payout: {"distributor_id": ANN, "period_id": "2026-03", "amount": usd(50), "method": PayoutMethod.PAYPAL},
    Debt: {"distributor_id": ANN, "amount": usd(50), "currency": "USD", "reason": "overpaid"},
}


def sound(kind: type[Any], **changes: Any) -> Any:
    """A sound entity but for what a test changes."""
    return kind(**{**SOUND[kind], **changes})


def refusal(kind: type[Any], **changes: Any) -> str:
    """What is said about an entity with these values."""
    with pytest.raises((InputError, TypeError)) as caught:
        sound(kind, **changes)
    return str(caught.value)
