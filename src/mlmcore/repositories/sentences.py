"""What every store says of the same fact: something is stored already, is taken, is named and not there.

The in-memory store knows who was to be written; a database is told only which value it was. So each sentence begins
with *who*: `distributor 0192...` or, where no more is known, `distributor`. The rest is the same. Values that are
personal are never shown.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

__all__ = ["entity_of", "not_stored", "stored_already", "taken"]

_ENTITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audit_logs": "audit row",
        "audit_personal": "audited value",
        "auto_ship_items": "auto-ship item",
        "auto_ship_orders": "auto-ship order",
        "auto_ships": "auto-ship",
        "commission_account_lines": "account line",
        "commission_accounts": "account",
        "commission_carry": "carried value",
        "commission_inputs": "company figure",
        "commission_ledger": "ledger line",
        "commission_periods": "period",
        "commission_plans": "plan",
        "commission_runs": "run",
        "commission_unpaid": "unpaid line",
        "compliance_cases": "case",
        "genealogy_closure": "choice for tree",
        "genealogy_moves": "move",
        "genealogy_paths": "path",
        "order_refund_items": "refund item",
        "order_refunds": "refund",
        "person_events": "event",
        "product_categories": "category",
        "rank_history": "rank history row",
        "territories": "territory",
        "user_profiles": "profile of user",
    }
)
"""Tables whose rows are not called by the table's name without its last letter."""

_EMAIL: Final = "another user has this e-mail, in one case or another"
_TAKEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auto_ship_items_auto_ship_id_product_id_key": "auto-ship {0} has product {1} already; add the pieces together",
        "auto_ship_orders_auto_ship_id_due_date_key": "an order was placed for auto-ship {0} and {1} already",
        "commission_carry_run_id_distributor_id_name_key": "run {0} carries {2} for {1} already",
        "commission_runs_official_key": "period {0} has an official run already",
        "contacts_converted_to_customer_id_key": "another contact became customer {0}",
        "contacts_enrolled_as_id_key": "another contact became distributor {0}",
        "distributors_placement_id_placement_leg_key": (
            "leg {1} of placement parent {0} is taken; one person hangs in a leg"
        ),
        "distributors_sponsor_id_sponsor_leg_key": "leg {1} of sponsor {0} is taken; a number is never given twice",
        "genealogy_paths_ancestor_id_descendant_id_path_type_key": "the {2} path from {0} to {1} is stored already",
        "payouts_distributor_id_period_id_currency_key": "distributor {0} has a payout in {2} for period {1} already",
        "rank_history_distributor_id_period_id_key": "distributor {0} has a rank for period {1} already",
        "users_email_key": _EMAIL,
        "users_lower_email_key": _EMAIL,
    }
)
"""By constraint: what the names of its columns leave unsaid, and what must not be shown."""


def entity_of(table: str) -> str:
    """What a row of a table is called in messages.

    >>> entity_of("order_items"), entity_of("commission_ledger")
    ('order item', 'ledger line')
    """
    return _ENTITIES.get(table) or table.replace("_", " ").removesuffix("s")


def stored_already(entity: str, key: object) -> str:
    """Of a key that is not free.

    >>> stored_already("order", "O-1")
    'order O-1 is stored already'
    """
    return f"{entity} {key} is stored already"


def taken(who: str, constraint: str, columns: Sequence[str], values: Sequence[object]) -> str:
    """Of a value that only one row may have, and another has.

    >>> taken("product", "products_sku_key", ["sku"], ["TEA-1"])
    'product: sku TEA-1 is taken'

    Args:
        who: Who was to have it.
        constraint: The name under which the database keeps it.
        columns: What is unique.
        values: Its values.
    """
    shown = ["null" if value is None else str(value) for value in values]
    special = _TAKEN.get(constraint)
    what = special.format(*shown) if special else f"{', '.join(columns)} {', '.join(shown)} is taken"
    return f"{who}: {what}"


def not_stored(who: str, column: str, value: object, table: str) -> str:
    """Of a reference to something that is not there.

    >>> not_stored("distributor", "sponsor_id", "0192", "distributors")
    'distributor: sponsor_id names 0192, which is not stored in distributors'
    """
    return f"{who}: {column} names {value}, which is not stored in {table}"
