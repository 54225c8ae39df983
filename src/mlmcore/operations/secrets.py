"""Rotating keys: everything that an old key seals is sealed under the current one."""

from mlmcore.repositories.protocols import Actor, UnitOfWorkFactory
from mlmcore.repositories.protocols.unit import NOBODY

__all__ = ["reseal_secrets"]


def reseal_secrets(unit_of_work: UnitOfWorkFactory, *, limit: int, actor: Actor = NOBODY) -> int:
    """Seal every secret under the cipher's current key, in units of work of their own.

    Killed at any point it is begun again, and goes on with what is left: what is sealed under the current key is not
    touched. `Secrets.count_by_key` says which keys are still needed.

    Args:
        unit_of_work: Makes units of work, whose cipher has the old keys and the new one.
        limit: How many rows a unit seals, 1 to 10,000.
        actor: On whose behalf.

    Returns:
        How many rows were sealed anew.

    Raises:
        RefusedError: There is no cipher, or it cannot open a row; the message names it. What earlier units did, stays.
    """
    with unit_of_work(actor) as unit:
        page = unit.secrets.reseal(None, limit)
    rows = page.rows
    while page.after is not None:
        with unit_of_work(actor) as unit:
            page = unit.secrets.reseal(page.after, limit)
        rows += page.rows
    return rows
