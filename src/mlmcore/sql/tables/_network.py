"""The trees: `ranks`, `genealogy_paths`, `genealogy_moves`, and which tree's paths are kept (`genealogy_closure`)."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
    true,
)

from mlmcore.domain.enums import GenealogyTree
from mlmcore.sql.tables._vocabulary import (
    DECLARED,
    JSON,
    MONEY,
    RATE,
    check,
    check_one_of,
    check_zero_or_more,
    created_at,
    enum,
    instant_now,
    new_id,
)

__all__ = ["GENEALOGY_CLOSURE", "GENEALOGY_MOVES", "GENEALOGY_PATHS", "RANKS"]

RANKS: Final = Table(
    "ranks",
    DECLARED,
    Column("id", String(50), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("level", Integer, nullable=False),
    Column("min_personal_pv", MONEY, server_default=text("0")),
    Column("min_group_pv", MONEY, server_default=text("0")),
    Column("min_legs", Integer, server_default=text("0")),
    Column("min_leg_volume", MONEY, server_default=text("0")),
    Column("requirements", JSON),
    Column("benefits", JSON),
    Column("commission_rate", RATE),
    Column("bonus_percentage", RATE),
    Column("car_bonus", MONEY),
    Column("is_active", Boolean, server_default=true()),
    instant_now("created_at"),
    check("level", "level >= 0"),
    check("min_legs", "min_legs >= 0"),
    *check_zero_or_more("min_personal_pv", "min_group_pv", "min_leg_volume"),
    *check_zero_or_more("commission_rate", "bonus_percentage", "car_bonus"),
)

GENEALOGY_PATHS: Final = Table(
    "genealogy_paths",
    DECLARED,
    new_id(),
    Column("ancestor_id", Uuid, ForeignKey("distributors.user_id"), nullable=False),
    Column("descendant_id", Uuid, ForeignKey("distributors.user_id"), nullable=False),
    Column("depth", Integer, nullable=False),
    Column("path_type", enum("genealogy_type"), nullable=False),
    Column("leg_position", Integer),
    instant_now("created_at"),
    UniqueConstraint("ancestor_id", "descendant_id", "path_type"),
    Index("idx_genealogy_ancestor_depth", "ancestor_id", "depth"),
    Index("idx_genealogy_descendant", "descendant_id"),
    check("depth", "depth >= 1"),
    check("leg_position", "leg_position >= 1"),
    check("self", "ancestor_id <> descendant_id"),
)

GENEALOGY_CLOSURE: Final = Table(
    "genealogy_closure",
    DECLARED,
    Column("tree", String(20), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    check_one_of("tree", *GenealogyTree),
    check("enroller", "NOT (tree = 'enroller' AND enabled)"),
)

GENEALOGY_MOVES: Final = Table(
    "genealogy_moves",
    DECLARED,
    new_id(),
    Column("distributor_id", Uuid, ForeignKey("distributors.user_id"), nullable=False),
    Column("tree", String(20), nullable=False),
    Column("from_parent_id", Uuid, ForeignKey("distributors.user_id")),
    Column("to_parent_id", Uuid, ForeignKey("distributors.user_id")),
    Column("from_leg", Integer),
    Column("to_leg", Integer),
    created_at("moved_at"),
    Column("moved_by", Uuid, ForeignKey("users.id")),
    Column("reason", Text),
    created_at(),
    Index("genealogy_moves_distributor_id_idx", "distributor_id", "moved_at"),
    Index("genealogy_moves_tree_moved_at_idx", "tree", "moved_at"),
    Index("genealogy_moves_from_parent_id_idx", "from_parent_id", "tree"),
    check_one_of("tree", *GenealogyTree),
)
