"""Every entity by the name of its table, and which of its attributes are money."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

from attrs import fields

from mlmcore.domain.auto_ship import AutoShip, AutoShipItem, AutoShipOrder
from mlmcore.domain.commissions import (
    AccountLine,
    CommissionAccount,
    CommissionCarry,
    CommissionInput,
    CommissionPeriod,
    CommissionPlan,
    CommissionRun,
    Debt,
    LedgerLine,
    Payout,
    Rank,
    RankHistory,
    UnpaidLine,
)
from mlmcore.domain.compliance import AuditLog, ComplianceCase
from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.money import Money
from mlmcore.domain.network import GenealogyMove, GenealogyPath
from mlmcore.domain.people import Distributor, PersonEvent, Territory, User, UserProfile
from mlmcore.domain.sales import (
    Customer,
    Order,
    OrderItem,
    OrderRefund,
    OrderRefundItem,
    Product,
    ProductCategory,
)

__all__ = ["ENTITIES", "column_names", "money_fields"]

ENTITIES: Mapping[str, type[Any]] = MappingProxyType(
    {
        "users": User,
        "user_profiles": UserProfile,
        "territories": Territory,
        "distributors": Distributor,
        "person_events": PersonEvent,
        "genealogy_paths": GenealogyPath,
        "genealogy_moves": GenealogyMove,
        "contacts": Contact,
        "tasks": Task,
        "customers": Customer,
        "product_categories": ProductCategory,
        "products": Product,
        "order_items": OrderItem,
        "orders": Order,
        "order_refund_items": OrderRefundItem,
        "order_refunds": OrderRefund,
        "auto_ship_items": AutoShipItem,
        "auto_ships": AutoShip,
        "auto_ship_orders": AutoShipOrder,
        "ranks": Rank,
        "commission_periods": CommissionPeriod,
        "commission_plans": CommissionPlan,
        "commission_runs": CommissionRun,
        "commission_ledger": LedgerLine,
        "commission_unpaid": UnpaidLine,
        "commission_accounts": CommissionAccount,
        "commission_account_lines": AccountLine,
        "commission_inputs": CommissionInput,
        "commission_carry": CommissionCarry,
        "rank_history": RankHistory,
        "payouts": Payout,
        "debts": Debt,
        "compliance_cases": ComplianceCase,
        "audit_logs": AuditLog,
    }
)
"""Table name to class."""


_PARTS = frozenset({"items"})
"""Attributes that are no columns: the parts of an aggregate, which are rows of their own."""


def column_names(entity: type[Any]) -> tuple[str, ...]:
    """The attributes that are columns of the entity's table, in order.

    >>> "items" in column_names(Order)
    False
    """
    return tuple(item.name for item in fields(entity) if item.name not in _PARTS)


def money_fields(entity: type[Any]) -> tuple[str, ...]:
    """The attributes that hold `Money`, in order.

    >>> money_fields(Payout)
    ('amount', 'fee_amount', 'net_amount')
    """
    return tuple(item.name for item in fields(entity) if Money in (item.type, *get_args(item.type)))
