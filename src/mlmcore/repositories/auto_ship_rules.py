"""What every store asks of a standing order, beyond what the entity says of itself (V3, V4)."""

from typing import Final

from attrs import evolve

from mlmcore.domain.auto_ship import AutoShip, AutoShipItem
from mlmcore.domain.errors import RefusedError

__all__ = ["refuse_auto_ship_changes", "refuse_empty_auto_ship"]

_FIXED: Final = ("number", "customer_id")


def refuse_empty_auto_ship(auto_ship: AutoShip) -> None:
    """Refuse a standing order without items (V3)."""
    if not auto_ship.items:
        raise RefusedError(f"auto-ship {auto_ship.number} has no items; it has at least one")


def refuse_auto_ship_changes(before: AutoShip, after: AutoShip) -> None:
    """Refuse a change of what a standing order keeps (V4)."""
    changed = [name for name in _FIXED if getattr(before, name) != getattr(after, name)]
    if after.items and _contents(before) != _contents(after):
        changed.append("items")
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} of auto-ship {before.number} cannot change once it is stored; "
            "cancel it and begin another"
        )


def _contents(auto_ship: AutoShip) -> list[AutoShipItem]:
    return sorted((evolve(item, created_at=None) for item in auto_ship.items), key=lambda item: item.id)
