"""What every in-memory repository of one unit of work shares: the state, the instant, the actor, the cipher."""

import threading
from collections.abc import Callable
from datetime import datetime

from attrs import define, field

from mlmcore.domain.errors import RefusedError
from mlmcore.repositories.memory._state import State
from mlmcore.repositories.protocols.unit import Actor
from mlmcore.repositories.secrets import Cipher

__all__ = ["Context", "Numbers"]


class Numbers:
    """Numbers that are drawn: the store's, not a unit's, so that an undone unit gives none back."""

    def __init__(self) -> None:
        self._next = 1
        self._lock = threading.Lock()

    def draw(self) -> int:
        """Return the next number."""
        with self._lock:
            self._next += 1
            return self._next - 1

    def begin(self, at: int) -> None:
        """Let what is drawn be at least that."""
        with self._lock:
            self._next = max(self._next, at)


@define(kw_only=True)
class Context:
    """One unit of work's surroundings.

    Attributes:
        actor: On whose behalf.
        now: The unit's instant.
        cipher: The host's, or None.
        hold: Holds something by name for this unit alone, until it ends; returns whether nobody else holds it. Raises
            `TransientError` where another unit was kept since this one began, so that what it reads is past.
        numbers: The store's.
    """

    actor: Actor
    now: datetime
    cipher: Cipher | None
    hold: Callable[[str], bool]
    numbers: Numbers
    _state: State = field(alias="state")
    _ended: bool = field(default=False, init=False)

    @property
    def state(self) -> State:
        """The unit's own version of everything.

        Raises:
            RefusedError: The unit has ended.
        """
        if self._ended:
            raise RefusedError("this unit of work has ended; begin a new one")
        return self._state

    def end(self) -> None:
        """Refuse whatever is asked from now on."""
        self._ended = True
