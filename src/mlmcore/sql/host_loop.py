"""`HostLoop`: how a thread waits for what the host's event loop does.

Operations are plain functions. On an asynchronous connection they run in a thread of their own, and whatever they ask
of the database is awaited on the loop to which the connection belongs; so the loop goes on with everybody else, also
while a plan is calculated or a cipher waits for its key. Here is only that bridge, with its one delicate matter: the
host may cancel what it awaits, and then the thread has to undo its unit before it ends.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from mlmcore.domain.errors import RefusedError

__all__ = ["HostLoop"]

T = TypeVar("T")

_NO_LOOP = (
    "there is no running event loop, and an asynchronous connection belongs to one; make the session inside the "
    "coroutine that uses it"
)
_ON_THE_LOOP = (
    "this would wait for the event loop on the event loop's own thread, which waits for ever; give the work to "
    "AsyncSqlStore.run, which runs it in a thread of its own"
)


class HostLoop:
    """The event loop that is running where this is made.

    Raises:
        RefusedError: None is.
    """

    def __init__(self) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RefusedError(_NO_LOOP) from None
        # Both are touched on the loop's thread only.
        self._task: asyncio.Task[Any] | None = None
        self._interrupted = False

    def wait(self, work: Coroutine[Any, Any, T], *, interruptible: bool = True) -> T:
        """Let the loop do some work, and wait for it in another thread.

        Args:
            work: A coroutine.
            interruptible: Whether `interrupt` may stop it. What opens and ends a transaction is not: half of it would
                leave the driver at odds with the server about where it stands.

        Raises:
            RefusedError: Asked on the loop's own thread.
            asyncio.CancelledError: The work was interrupted.
        """
        if _running_loop() is self._loop:
            work.close()
            raise RefusedError(_ON_THE_LOOP)
        done: Future[T] = Future()
        self._loop.call_soon_threadsafe(self._start, work, done, interruptible)
        return done.result()

    def interrupt(self) -> None:
        """Stop what the thread waits for, or will next wait for; once. Called on the loop."""
        if self._task is None:
            self._interrupted = True
        elif not self._task.cancelling():
            self._task.cancel()

    async def run(self, work: Callable[[], T]) -> T:
        """Run some work in a thread of its own, which may `wait`.

        Cancelling this interrupts the work, and waits until it has undone what it does not keep. Never a shared pool
        of threads: work that waits for a lock would keep out the very work that the lock's holder does next.
        """
        outcome: asyncio.Future[T] = self._loop.create_future()
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(self._report, work, outcome), name="mlmcore unit", daemon=True
        )
        thread.start()
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            if not outcome.done():
                self.interrupt()
            await _settled(outcome)
            self._interrupted = False
            raise

    def _start(self, work: Coroutine[Any, Any, T], done: Future[T], interruptible: bool) -> None:
        if interruptible and self._interrupted:
            self._interrupted = False
            work.close()
            done.set_exception(asyncio.CancelledError())
            return
        task = self._loop.create_task(work)
        self._task = task if interruptible else None
        task.add_done_callback(lambda ended: self._end(ended, done))

    def _end(self, ended: "asyncio.Task[T]", done: Future[T]) -> None:
        self._task = None
        _pass_on(ended, done)

    def _report(self, work: Callable[[], T], outcome: "asyncio.Future[T]") -> None:
        done: Future[T] = Future()
        try:
            done.set_result(_without_stop(work))
        except BaseException as error:
            done.set_exception(error)
        self._loop.call_soon_threadsafe(_pass_on, done, outcome)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _without_stop(work: Callable[[], T]) -> T:
    try:
        return work()
    except StopIteration as error:  # no future holds one, and nobody would ever hear of it
        raise RuntimeError("the work raised StopIteration") from error


def _pass_on(ended: "Future[T] | asyncio.Future[T]", to: "Future[T] | asyncio.Future[T]") -> None:
    if to.cancelled():
        return
    if ended.cancelled():
        to.set_exception(asyncio.CancelledError())
        return
    error = ended.exception()
    if error is None:
        to.set_result(ended.result())
    else:
        to.set_exception(error)


async def _settled(outcome: "asyncio.Future[Any]") -> None:
    """Wait for the end, however often this is cancelled meanwhile, and take its error as seen."""
    while not outcome.done():
        try:
            await asyncio.wait([outcome])
        except asyncio.CancelledError:
            continue
    outcome.exception()
