"""Where the installed schema differs from `tests/data/inventory.json`, decision by decision. Nothing else may differ.

docs/schema/decisions.md tells the same in sentences; `test_inventory.py` holds the catalogue to it.
"""

from collections.abc import Mapping

__all__ = [
    "ADDED_KEYS",
    "ADDED_LABELS",
    "DEMO_USERS",
    "NEW_TYPES",
    "NOT_NULL",
    "OWN_TABLES",
    "PRIMARY_KEYS",
    "TIMESTAMP",
]

TIMESTAMP: tuple[str, str] = ("timestamp without time zone", "timestamp with time zone")
"""D3: every TIMESTAMP column, without exception."""

NEW_TYPES: Mapping[tuple[str, str], tuple[str, str, str]] = {
    # D4: 29 columns of money and volume, three rates; the 33rd DECIMAL column, products.weight, stays as it is.
    ("distributors", "personal_pv"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("distributors", "group_pv"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("distributors", "current_month_pv"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("distributors", "current_month_gv"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("distributors", "lifetime_pv"): ("D4", "numeric(12,2)", "numeric(18,2)"),
    ("ranks", "min_personal_pv"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("ranks", "min_group_pv"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("ranks", "min_leg_volume"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("ranks", "commission_rate"): ("D4", "numeric(5,4)", "numeric(12,8)"),
    ("ranks", "bonus_percentage"): ("D4", "numeric(5,4)", "numeric(12,8)"),
    ("ranks", "car_bonus"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("customers", "lifetime_value"): ("D4", "numeric(12,2)", "numeric(18,2)"),
    ("products", "price"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("products", "cost"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("products", "pv"): ("D4", "numeric(8,2)", "numeric(18,2)"),
    ("products", "weight"): ("D4", "numeric(8,2)", "numeric(8,2)"),
    ("orders", "subtotal"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("orders", "discount_amount"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("orders", "tax_amount"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("orders", "shipping_amount"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("orders", "total"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("order_items", "unit_price"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("order_items", "total_price"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("order_items", "pv"): ("D4", "numeric(8,2)", "numeric(18,2)"),
    ("commission_periods", "total_pv"): ("D4", "numeric(15,2)", "numeric(18,2)"),
    ("commission_periods", "total_commissions"): ("D4", "numeric(15,2)", "numeric(18,2)"),
    ("commission_ledger", "amount"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("commission_ledger", "pv"): ("D4", "numeric(8,2)", "numeric(18,2)"),
    ("commission_ledger", "gv"): ("D4", "numeric(8,2)", "numeric(18,2)"),
    ("commission_ledger", "rate"): ("D4", "numeric(5,4)", "numeric(12,8)"),
    ("payouts", "amount"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("payouts", "fee_amount"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    ("payouts", "net_amount"): ("D4", "numeric(10,2)", "numeric(18,2)"),
    # D17: ciphertext does not fit.
    ("users", "two_factor_secret"): ("D17", "character varying(32)", "text"),
    ("user_profiles", "tax_id"): ("D17", "character varying(50)", "text"),
}

PRIMARY_KEYS: Mapping[str, tuple[str, list[str]]] = {
    "audit_logs": ("D7", ["id", "created_at"]),
    "commission_ledger": ("D8", ["id", "period_id"]),
}

NOT_NULL: Mapping[tuple[str, str], str] = {("audit_logs", "created_at"): "D7"}
"""A column of a primary key can't be NULL."""

ADDED_LABELS: Mapping[str, tuple[str, list[str]]] = {
    "commission_type": ("D11", ["binary", "matrix", "differential", "generation", "pool"]),
}

ADDED_KEYS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("contacts", "converted_to_customer_id"): ("D1", "customers.id"),
}

DEMO_USERS: tuple[str, ...] = ("admin-123", "dist-001", "dist-002")
"""D9: these ids are no UUIDs; stable ones are derived from them."""

OWN_TABLES: Mapping[str, str] = {"genealogy_closure": "docs/schema/decisions.md"}
"""Tables of ours that docs/schema/additions.md does not list, and where they are described."""
