"""What must be answered for: compliance cases, the audit log, and the installer's `schema_versions`."""

from typing import Final

from sqlalchemy import CHAR, Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import INET, JSONB

from mlmcore.sql.tables._vocabulary import (
    DECLARED,
    INSTANT,
    JSON,
    JSON_LIST,
    check,
    check_one_of,
    created_at,
    enum,
    instant_now,
    new_id,
    word,
)

__all__ = ["AUDIT_LOGS", "AUDIT_PERSONAL", "COMPLIANCE_CASES", "SCHEMA_VERSIONS"]

COMPLIANCE_CASES: Final = Table(
    "compliance_cases",
    DECLARED,
    new_id(),
    Column("case_number", String(30), nullable=False, unique=True),
    Column("subject_type", String(50), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("reporter_id", Uuid, ForeignKey("users.id")),
    Column("assignee_id", Uuid, ForeignKey("users.id")),
    Column("severity", enum("case_severity"), nullable=False),
    Column("status", enum("case_status"), server_default=word("open")),
    Column("category", String(50)),
    Column("title", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("evidence", JSON_LIST),
    Column("resolution", Text),
    Column("resolved_at", INSTANT),
    Column("due_date", Date),
    instant_now("created_at"),
    instant_now("updated_at"),
    Index("compliance_cases_subject_idx", "subject_type", "subject_id"),
    Index(None, "assignee_id"),
    Index("compliance_cases_status_due_date_idx", "status", "due_date"),
    check("assignee", "assignee_id <> subject_id"),
    check(
        "resolution",
        "(resolution IS NULL) = (resolved_at IS NULL) AND resolution ~ '\\S' IS NOT FALSE "
        "AND CASE status WHEN 'closed' THEN TRUE ELSE (resolution IS NOT NULL) = (status = 'resolved') END",
    ),
    check("dates", "resolved_at >= created_at"),
)

AUDIT_LOGS: Final = Table(
    "audit_logs",
    DECLARED,
    new_id(),
    Column("actor_id", Uuid, ForeignKey("users.id")),
    Column("entity_type", String(50), nullable=False),
    Column("entity_id", Uuid, nullable=False),
    Column("action", String(50), nullable=False),
    Column("before_data", JSON),
    Column("after_data", JSON),
    Column("ip_address", INET),
    Column("user_agent", Text),
    Column("session_id", String(100)),
    Column("request_id", String(100)),
    Column("created_at", INSTANT, primary_key=True, server_default=text("now()")),
    Index("idx_audit_logs_entity", "entity_type", "entity_id"),
    Index("idx_audit_logs_actor", "actor_id"),
    Index("idx_audit_logs_created", "created_at"),
    Index("audit_logs_request_id_idx", "request_id", postgresql_where=text("request_id IS NOT NULL")),
    postgresql_partition_by="RANGE (created_at)",
)

AUDIT_PERSONAL: Final = Table(
    "audit_personal",
    DECLARED,
    new_id(),
    Column("audit_id", Uuid, nullable=False),
    Column("entity_type", String(50), nullable=False),
    Column("entity_id", Uuid, nullable=False),
    Column("column_name", String(100), nullable=False),
    Column("moment", String(6), nullable=False),
    # The logged value itself, which may be JSON's null: it is not turned into NULL.
    Column("value", JSONB),
    Column("salt", LargeBinary, nullable=False),
    created_at(),
    Index(None, "audit_id"),
    Index("audit_personal_entity_idx", "entity_type", "entity_id"),
    check_one_of("moment", "before", "after"),
)

SCHEMA_VERSIONS: Final = Table(
    "schema_versions",
    DECLARED,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("digest", CHAR(64), nullable=False),
    created_at("applied_at"),
)
