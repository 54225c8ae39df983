"""What a cycle is called: by its board, since every board cycles once and no number is ever given twice."""

__all__ = ["board_number", "cycle_id"]


def cycle_id(name: str, number: int) -> str:
    """The id of a board's cycle.

    >>> cycle_id("silver", 17)
    'silver-000000017'
    """
    return f"{name}-{number:09}"


def board_number(cycle: str) -> int:
    """The board of a cycle, by its id.

    >>> board_number("silver-000000017")
    17
    """
    return int(cycle.rpartition("-")[2])
