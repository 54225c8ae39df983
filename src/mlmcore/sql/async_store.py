"""Units of work for an asynchronous host: `await store.run(work)`.

Operations and repositories are synchronous, the same for every store, and cannot be awaited one by one. So a whole unit
is one thing to await: a function that takes the unit and does what belongs together.
"""

from collections.abc import Callable
from typing import TypeVar

from mlmcore.repositories.protocols.unit import NOBODY, Actor
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.async_session import AsyncPsycopgSession
from mlmcore.sql.unit_of_work import SqlUnitOfWork

__all__ = ["AsyncSqlStore"]

T = TypeVar("T")


class AsyncSqlStore:
    """Runs units of work over one asynchronous session: `await store.run(lambda unit: ...)`.

    Args:
        session: Made from the host's connection, on its event loop.
        cipher: Seals secrets. Without one they are refused. It is asked in the unit's thread, so it may wait.
    """

    def __init__(self, session: AsyncPsycopgSession, *, cipher: Cipher | None = None) -> None:
        self._session = session
        self._cipher = cipher

    async def run(self, work: Callable[[SqlUnitOfWork], T], actor: Actor = NOBODY) -> T:
        """Do some work in a new unit of work, and return what it returns.

        The work runs in a thread of its own, in a copy of the caller's context variables; the loop goes on meanwhile.
        An exception undoes the unit and arrives here. So does cancelling: the statement that is running is cancelled,
        the unit is undone, and only then is the cancelled call over. Several calls over one session take turns.

        Args:
            work: Takes the unit, which is entered already, and uses it before it returns.
            actor: On whose behalf; the audit log names it.

        Raises:
            RefusedError: As `Session.unit` does.
        """
        async with self._session.turn:
            return await self._session.loop.run(lambda: self._in_unit(work, actor))

    def _in_unit(self, work: Callable[[SqlUnitOfWork], T], actor: Actor) -> T:
        with SqlUnitOfWork(self._session, actor, cipher=self._cipher) as unit:
            return work(unit)
