"""People and where they may sell: `users`, `user_profiles`, `territories`, `distributors`, `person_events`."""

from typing import Final

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, Uuid, false, text, true

from mlmcore.sql.tables._vocabulary import (
    DECLARED,
    INSTANT,
    JSON,
    JSON_LIST,
    MONEY,
    created_at,
    enum,
    instant_now,
    new_id,
    word,
)

__all__ = ["DISTRIBUTORS", "PERSON_EVENTS", "TERRITORIES", "USERS", "USER_PROFILES"]

USERS: Final = Table(
    "users",
    DECLARED,
    new_id(),
    Column("email", String(255), nullable=False, unique=True),
    Column("password_hash", String(255)),
    Column("phone", String(20)),
    Column("role", enum("user_role"), nullable=False, server_default=word("distributor")),
    Column("status", enum("user_status"), nullable=False, server_default=word("active")),
    Column("email_verified", Boolean, server_default=false()),
    Column("phone_verified", Boolean, server_default=false()),
    Column("two_factor_enabled", Boolean, server_default=false()),
    Column("two_factor_secret", Text),
    Column("login_attempts", Integer, server_default=text("0")),
    Column("locked_until", INSTANT),
    Column("last_login", INSTANT),
    instant_now("created_at"),
    instant_now("updated_at"),
    Column("created_by", Uuid, ForeignKey("users.id")),
    Index("idx_users_email", "email"),
    Index("idx_users_role_status", "role", "status"),
)

USER_PROFILES: Final = Table(
    "user_profiles",
    DECLARED,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("first_name", String(100)),
    Column("last_name", String(100)),
    Column("avatar_url", Text),
    Column("date_of_birth", Date),
    Column("gender", String(20)),
    Column("timezone", String(50), server_default=word("UTC")),
    Column("locale", String(10), server_default=word("en-US")),
    Column("address", JSON),
    Column("emergency_contact", JSON),
    Column("tax_id", Text),
    Column("kyc_status", String(20), server_default=word("pending")),
    Column("kyc_documents", JSON_LIST),
    Column("marketing_consent", Boolean, server_default=false()),
    Column("data_processing_consent", Boolean, server_default=true()),
    instant_now("created_at"),
    instant_now("updated_at"),
)

TERRITORIES: Final = Table(
    "territories",
    DECLARED,
    new_id(),
    Column("code", String(50), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("parent_id", Uuid, ForeignKey("territories.id")),
    Column("is_active", Boolean, nullable=False, server_default=true()),
    created_at(),
    created_at("updated_at"),
)

DISTRIBUTORS: Final = Table(
    "distributors",
    DECLARED,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("distributor_number", String(20), nullable=False, unique=True),
    Column("sponsor_id", Uuid, ForeignKey("distributors.user_id")),
    Column("placement_id", Uuid, ForeignKey("distributors.user_id")),
    Column("enroller_id", Uuid, ForeignKey("distributors.user_id")),
    Column("rank_id", String(50), ForeignKey("ranks.id")),
    Column("join_date", Date, nullable=False, server_default=text("CURRENT_DATE")),
    Column("status", enum("distributor_status"), server_default=word("active")),
    Column("territory_id", Uuid, ForeignKey("territories.id")),
    Column("personal_pv", MONEY, server_default=text("0")),
    Column("group_pv", MONEY, server_default=text("0")),
    Column("current_month_pv", MONEY, server_default=text("0")),
    Column("current_month_gv", MONEY, server_default=text("0")),
    Column("lifetime_pv", MONEY, server_default=text("0")),
    Column("auto_ship_active", Boolean, server_default=false()),
    Column("qualification_date", Date),
    Column("next_rank_target", String(50)),
    Column("notes", Text),
    instant_now("created_at"),
    instant_now("updated_at"),
    Column("placement_leg", Integer),
    Column("sponsor_leg", Integer),
    Column("attributes", JSON, nullable=False, server_default=word("{}")),
    Column("payout_method", enum("payout_method")),
    Index("idx_distributors_sponsor", "sponsor_id"),
    Index("idx_distributors_rank", "rank_id"),
    Index("idx_distributors_status", "status"),
)

PERSON_EVENTS: Final = Table(
    "person_events",
    DECLARED,
    new_id(),
    Column("distributor_id", Uuid, ForeignKey("distributors.user_id"), nullable=False),
    Column("name", String(50), nullable=False),
    Column("occurred_at", INSTANT, nullable=False),
    Column("data", JSON, nullable=False, server_default=word("{}")),
    created_at(),
)
