"""Read one bonus: the keys that its kind knows, each with its kind and choices; one module for each kind."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mlmcore.compensation._choices import explained
from mlmcore.compensation.available import BONUS_KINDS
from mlmcore.compensation.loader._document import Item
from mlmcore.compensation.loader._kinds._amount import read_amount
from mlmcore.compensation.loader._kinds._binary import read_binary
from mlmcore.compensation.loader._kinds._common import common_keys
from mlmcore.compensation.loader._kinds._custom import read_custom
from mlmcore.compensation.loader._kinds._differential import read_differential
from mlmcore.compensation.loader._kinds._levels import read_levels
from mlmcore.compensation.loader._kinds._pool import read_pool
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import AnyBonus
from mlmcore.domain.errors import Findings

__all__ = ["read_bonus"]

KINDS: Final = {
    "levels": "walk up from each source and pay by level",
    "differential": "walk up from each source and pay the difference to the highest rate met",
    "binary": "match the two legs of a placement tree and pay on what matches",
    "pool": "share a fund",
    "amount": "a plain formula per person or per order",
    "custom": "what a class of your own offers",
}

_READERS: Final[Mapping[str, Callable[[Section, str | None, dict[str, Any]], AnyBonus]]] = {
    "amount": read_amount,
    "binary": read_binary,
    "custom": read_custom,
    "differential": read_differential,
    "levels": read_levels,
    "pool": read_pool,
}


def read_bonus(item: Item, active: str | None, file: str, findings: Findings) -> AnyBonus | None:
    """Read a bonus; None when its kind is missing or can't be run, which is then among the findings."""
    section = Section(item, file, findings)
    kind = section.need("kind", explained(KINDS))
    if kind is None:
        return None
    if kind.value not in BONUS_KINDS:
        section.wrong(kind, f"unknown kind {kind.value!r}", nearest(str(kind.value), BONUS_KINDS))
        return None
    common = common_keys(section)
    bonus = _READERS[kind.value](section, active, common)
    section.close()
    return bonus
