"""Which columns hold personal data, which hold secrets, which keep something personal and why, and which hold neither.

Every column of every table stands in exactly one of these lists; a test says so, so that a new column is not forgotten.
Who reads them: the audit log (a personal value shows as a hash, a secret as changed) and erasure, which puts what
stands here in place of personal values and secrets.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

__all__ = ["KEPT", "NEITHER", "PERSONAL", "SECRET", "Blank", "audited_personal", "blank_value", "erased_address"]


class Blank(StrEnum):
    """What stands in place of a value after an erasure."""

    NOTHING = "nothing"
    WORD = "word"
    OBJECT = "object"
    ADDRESS = "address"


WORD: Final = "erased"
"""What `Blank.WORD` is, where a text must be given."""


def erased_address(key: UUID) -> str:
    """The address of somebody who was erased: unique, and in a domain that never exists.

    >>> erased_address(UUID(int=7))
    'erased-00000000-0000-0000-0000-000000000007@erased.invalid'
    """
    return f"erased-{key}@erased.invalid"


def blank_value(blank: Blank, key: UUID) -> Any:
    """The value that stands in place of another one in the row of a key."""
    values: Mapping[Blank, Any] = {
        Blank.NOTHING: None,
        Blank.WORD: WORD,
        Blank.OBJECT: {},
        Blank.ADDRESS: erased_address(key),
    }
    return values[blank]


def audited_personal(table: str) -> frozenset[str]:
    """The columns of a table whose values the audit log shows as hashes only."""
    return frozenset(PERSONAL.get(table, {})) | frozenset(KEPT.get(table, {}))


def _nothing(columns: str) -> dict[str, Blank]:
    return dict.fromkeys(columns.split(), Blank.NOTHING)


PERSONAL: Final[Mapping[str, Mapping[str, Blank]]] = MappingProxyType(
    {
        "users": {"email": Blank.ADDRESS, **_nothing("phone")},
        "user_profiles": _nothing("first_name last_name avatar_url date_of_birth gender address emergency_contact"),
        "distributors": _nothing("notes"),
        "contacts": {"name": Blank.WORD, **_nothing("email phone company title notes")},
        "tasks": {"title": Blank.WORD, **_nothing("description")},
        "customers": {
            "email": Blank.ADDRESS,
            **_nothing("phone first_name last_name date_of_birth billing_address shipping_addresses notes"),
        },
        "orders": {"shipping_address": Blank.OBJECT, "billing_address": Blank.OBJECT, **_nothing("notes")},
        "order_refunds": _nothing("reason"),
        "auto_ships": {"shipping_address": Blank.OBJECT, "billing_address": Blank.OBJECT},
    }
)
"""By table and column: what stands in its place after an erasure."""

SECRET: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "users": frozenset({"password_hash", "two_factor_secret"}),
        "user_profiles": frozenset({"tax_id", "kyc_documents"}),
        "customers": frozenset({"payment_methods"}),
        "payouts": frozenset({"bank_details"}),
    }
)
"""By table: what is shown nowhere; after an erasure there is nothing. All but the hash are stored sealed."""

KEPT: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "audit_logs": {
            "ip_address": "the log is only added to; who did something stays provable",
            "user_agent": "the log is only added to; who did something stays provable",
        },
        "audit_personal": {"value": "values of erased rows are deleted here, the others belong to people who stay"},
        "commission_ledger": {"description": "the ledger is only added to: write no names into it"},
        "compliance_cases": {
            "title": "a case is kept for legal claims, as long as the company says",
            "description": "a case is kept for legal claims, as long as the company says",
            "evidence": "a case is kept for legal claims, as long as the company says",
            "resolution": "a case is kept for legal claims, as long as the company says",
        },
        "debts": {"reason": "the books say why money is owed: write no names into it"},
        "genealogy_moves": {"reason": "the record of moves is only added to: write no names into it"},
        "person_events": {"data": "plans pay on it, and past periods must come out the same: write no names into it"},
    }
)
"""By table and column: what may be personal, is not erased, and why."""

_NEITHER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audit_logs": (
            "id actor_id entity_type entity_id action before_data after_data session_id request_id created_at"
        ),
        "audit_personal": "id audit_id entity_type entity_id column_name moment salt created_at",
        "auto_ship_items": "id auto_ship_id product_id quantity created_at",
        "auto_ship_orders": "id auto_ship_id due_date order_id created_at",
        "auto_ships": (
            "id number customer_id distributor_id status interval_days next_date tried_on failure created_at updated_at"
        ),
        "commission_account_lines": (
            "id account_id run_id period_id bonus_id type amount currency source_order_id source_distributor_id "
            "level rate base created_at"
        ),
        "commission_accounts": "id name created_at",
        "commission_carry": "id run_id period_id distributor_id name value created_at",
        "commission_inputs": "period_id name value unit created_at updated_at",
        "commission_ledger": (
            "id period_id distributor_id type amount currency pv gv source_order_id source_distributor_id level "
            "rate metadata created_at run_id bonus_id base corrects_id corrects_period_id"
        ),
        "commission_periods": (
            "id name start_date end_date status close_date calculation_started_at calculation_completed_at "
            "total_pv total_commissions created_at kind timezone"
        ),
        "commission_plans": "plan_id version name document digest effective_from currency installed_by created_at",
        "commission_runs": (
            "id period_id plan_id plan_version official status plan_digest input_digest result_digest "
            "previous_run_id chain_hash software_version currency people_count order_count line_count "
            "unpaid_count entitled brought_forward paid unpaid carried_forward started_at completed_at created_at"
        ),
        "commission_unpaid": (
            "id period_id run_id distributor_id bonus_id type reason amount currency source_order_id "
            "source_distributor_id level rate base created_at"
        ),
        "compliance_cases": (
            "id case_number subject_type subject_id reporter_id assignee_id severity status category resolved_at "
            "due_date created_at updated_at"
        ),
        "contacts": (
            "id owner_id source status tags lead_score last_activity_at next_follow_up converted_at "
            "converted_to_customer_id created_at updated_at enrolled_as_id"
        ),
        "customers": (
            "id customer_number distributor_id preferred_language marketing_opt_in auto_ship_enabled "
            "loyalty_points lifetime_value first_order_date last_order_date status created_at updated_at user_id "
            "lifetime_currency"
        ),
        "debts": "id distributor_id period_id amount settled currency created_at updated_at",
        "distributors": (
            "user_id distributor_number sponsor_id placement_id enroller_id rank_id join_date status territory_id "
            "personal_pv group_pv current_month_pv current_month_gv lifetime_pv auto_ship_active "
            "qualification_date next_rank_target created_at updated_at placement_leg sponsor_leg attributes "
            "payout_method"
        ),
        "genealogy_closure": "tree enabled",
        "genealogy_moves": (
            "id distributor_id tree from_parent_id to_parent_id from_leg to_leg moved_at moved_by created_at"
        ),
        "genealogy_paths": "id ancestor_id descendant_id depth path_type leg_position created_at",
        "order_items": "id order_id product_id quantity unit_price total_price pv created_at stock_taken",
        "order_refund_items": "id refund_id order_item_id quantity amount pv created_at",
        "order_refunds": "id refund_number order_id refunded_at amount currency volumes created_at",
        "orders": (
            "id order_number customer_id distributor_id status subtotal discount_amount tax_amount "
            "shipping_amount total currency payment_status payment_method payment_reference shipping_method "
            "tracking_number shipped_at delivered_at created_at updated_at paid_at volumes"
        ),
        "payouts": (
            "id distributor_id period_id amount currency method status reference_number fee_amount net_amount "
            "kyc_status requested_at approved_at processed_at failed_reason created_at held_reason"
        ),
        "person_events": "id distributor_id name occurred_at created_at",
        "product_categories": "id slug name description parent_id is_active created_at updated_at",
        "products": (
            "id sku name description short_description category_id price cost currency pv weight dimensions "
            "images is_subscription subscription_frequency tax_code shipping_class inventory_tracked "
            "stock_quantity min_stock_level status launch_date discontinued_date created_at updated_at"
        ),
        "rank_history": (
            "id distributor_id period_id run_id rank_id best_rank_id plan_id plan_version personal_pv group_pv "
            "created_at"
        ),
        "ranks": (
            "id name level min_personal_pv min_group_pv min_legs min_leg_volume requirements benefits "
            "commission_rate bonus_percentage car_bonus is_active created_at"
        ),
        "schema_versions": "version name digest applied_at",
        "tasks": (
            "id type priority status assignee_id created_by_id contact_id customer_id due_at completed_at "
            "reminder_sent created_at updated_at"
        ),
        "territories": "id code name parent_id is_active created_at updated_at",
        "user_profiles": (
            "user_id timezone locale kyc_status marketing_consent data_processing_consent created_at updated_at"
        ),
        "users": (
            "id role status email_verified phone_verified two_factor_enabled login_attempts locked_until "
            "last_login created_at updated_at created_by"
        ),
    }
)

NEITHER: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {table: frozenset(columns.split()) for table, columns in _NEITHER.items()}
)
"""By table: all the rest."""
