"""How a cycle of a board is told, of which something was paid: which board, when the head came, and who filled it."""

from typing import Final

from mlmcore.compensation.boards import board_number
from mlmcore.compensation.columns import Column
from mlmcore.compensation.result import Result

__all__ = ["cycle_told"]

_EVENTS: Final = "events."


def cycle_told(result: Result, dated: str, row: int) -> str:
    """The board behind an event in words; nothing of an order, of several events, or of one that was given.

    Args:
        result: A run's result.
        dated: `orders` or `events.NAME`.
        row: Which of them, -1 for none or several.
    """
    name = dated.removeprefix(_EVENTS)
    if row < 0 or dated == name or name not in result.plan.boards:
        return ""
    events = result.events[name]
    number, head = board_number(events.ids.label(row)), result.network.ids.label(int(events.person[row]))
    entered, filled_by = events.columns["entered"], events.columns["filled_by"].text(row)
    came = "" if entered.value(row) is None else f"entered on {entered.text(row)}, "
    day = Column.days(events.date).text(row)
    return f"board {number} of {name}: {head} {came}cycled on {day}, when {filled_by} took the last seat"
