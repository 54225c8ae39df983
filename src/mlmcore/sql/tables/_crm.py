"""Whom one talks to and what is to be done: `contacts`, `tasks`."""

from typing import Final

from sqlalchemy import ARRAY, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid, false, text

from mlmcore.sql.tables._vocabulary import DECLARED, INSTANT, check, enum, instant_now, new_id, word

__all__ = ["CONTACTS", "TASKS"]

CONTACTS: Final = Table(
    "contacts",
    DECLARED,
    new_id(),
    Column("owner_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("email", String(255)),
    Column("phone", String(20)),
    Column("company", String(200)),
    Column("title", String(100)),
    Column("source", enum("contact_source")),
    Column("status", enum("contact_status"), server_default=word("new")),
    Column("tags", ARRAY(Text)),
    Column("notes", Text),
    Column("lead_score", Integer, server_default=text("0")),
    Column("last_activity_at", INSTANT),
    Column("next_follow_up", INSTANT),
    Column("converted_at", INSTANT),
    Column("converted_to_customer_id", Uuid, ForeignKey("customers.id")),
    instant_now("created_at"),
    instant_now("updated_at"),
    Column("enrolled_as_id", Uuid, ForeignKey("distributors.user_id")),
    Index("idx_contacts_owner_status", "owner_id", "status"),
    Index("idx_contacts_email", "email"),
    Index("idx_contacts_last_activity", "last_activity_at"),
    *(
        Index(f"contacts_{name}_key", name, unique=True, postgresql_where=text(f"{name} IS NOT NULL"))
        for name in ("converted_to_customer_id", "enrolled_as_id")
    ),
    Index(None, "next_follow_up", postgresql_where=text("next_follow_up IS NOT NULL")),
    Index(None, "tags", postgresql_using="gin"),
    check("lead_score", "lead_score >= 0"),
    check("converted_at", "(converted_at IS NULL) = (converted_to_customer_id IS NULL)"),
    check(
        "converted_to_customer_id",
        "CASE status WHEN 'won' THEN converted_to_customer_id IS NOT NULL"
        " WHEN 'enrolled' THEN true ELSE converted_to_customer_id IS NULL END",
    ),
    check("enrolled_as_id", "(enrolled_as_id IS NOT NULL) = (status IS NOT DISTINCT FROM 'enrolled')"),
)

TASKS: Final = Table(
    "tasks",
    DECLARED,
    new_id(),
    Column("title", String(200), nullable=False),
    Column("description", Text),
    Column("type", enum("task_type"), nullable=False),
    Column("priority", enum("task_priority"), server_default=word("medium")),
    Column("status", enum("task_status"), server_default=word("pending")),
    Column("assignee_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("created_by_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("contact_id", Uuid, ForeignKey("contacts.id")),
    Column("customer_id", Uuid, ForeignKey("customers.id")),
    Column("due_at", INSTANT),
    Column("completed_at", INSTANT),
    Column("reminder_sent", Boolean, server_default=false()),
    instant_now("created_at"),
    instant_now("updated_at"),
    Index("idx_tasks_assignee_status", "assignee_id", "status"),
    Index("idx_tasks_due_date", "due_at"),
    Index(None, "contact_id"),
    Index(None, "customer_id"),
    Index(
        "tasks_reminders_idx",
        "due_at",
        "id",
        postgresql_where=text("NOT reminder_sent AND status IN ('pending', 'in_progress')"),
    ),
    check("completed_at", "(completed_at IS NOT NULL) = (status IS NOT DISTINCT FROM 'completed')"),
)
