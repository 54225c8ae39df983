"""What each choice of each required option means, in the words of the messages."""

from collections.abc import Mapping
from typing import Final

MODES: Final = {
    "half_even": "the nearest, a half to the even neighbour",
    "half_up": "the nearest, a half away from zero",
    "half_down": "the nearest, a half toward zero",
    "up": "away from zero",
    "down": "toward zero",
    "floor": "toward minus infinity",
    "ceiling": "toward plus infinity",
}
ROUNDED_AT: Final = {
    "line": "each line is rounded",
    "payee": "the payee's total of one bonus is rounded and split over its lines",
}
PERIODS: Final = {"day": "", "week": "", "month": "", "quarter": ""}
TREE_AS_OF: Final = {
    "period_end": "walks use the tree as it stands at the period's end",
    "sale": "walks from orders use the tree of the order's day",
}
PLACED: Final = {
    "breadth_first": "the free place on the highest level, from the left",
    "weaker_leg": "down the leg that brings the least volume",
    "left": "down leg 1 to its end",
    "right": "down the last leg to its end",
    "balanced": "down the leg with the fewest people",
}
UNDER: Final = {
    "nearest": "below the nearest upline who has a place; whoever has none becomes a root",
    "root": "below the first person who was placed: one structure for the whole company",
}
FULL: Final = {
    "up": "a place below the next upline who has one, and so on; if nobody has, the person waits",
    "wait": "no place in this period; the person is among the new ones of the next",
    "error": "the run stops",
}
PLACING_ORDER: Final = (
    'say who comes first among those who are new: order = "joined", or another date or number, the lowest first'
)
BOARD_SOURCES: Final = {
    "orders": "each order of the period brings a position",
    "events.NAME": "each of these events does",
}
BOARD_UNDER: Final = {
    "nearest": "the board on which the nearest upline has a position; whoever has no such upline opens a new one",
    "oldest": "the board that opened first",
}
BOARD_PLACED: Final = {
    "breadth_first": "the free seat on the highest row, from the left",
    "below": "the free seat nearest below the upline's own, or, where none is left, the highest of the whole board",
}
BOARD_THEN: Final = (
    "say which boards the head who cycles enters next, in this order: [] is none, the board's own name enters it again"
)
REFUNDS: Final = {
    "original": "a refund takes back its share of what the original order paid",
    "current": "a refund walks the tree like an order of this period",
}
NEGATIVE: Final = {
    "zero": "a payee's sum below zero becomes zero",
    "charge": "the payee is charged",
    "error": "the run stops",
}
FROM: Final = {"seller": "the distributor who is credited", "buyer": "the distributor who bought"}
CUSTOMER_LEVELS: Final = {
    "under_seller": "an order without a buying distributor starts below its seller, who is level 1",
    "as_seller": "it starts at its seller, who is level 0",
    "skip": "it doesn't walk",
}
CUSTOMER_AMOUNT: Final = {
    "as_seller": "an order without a buying distributor belongs to its seller",
    "skip": "it pays nothing",
}
STOP: Final = {"before": "the walk ends before that person", "after": "that person is the last one considered"}
UNPAID: Final = {
    "lost": "the level is used up",
    "next": "the same level is offered further up",
    "account:NAME": "an account gets it",
}
NO_UPLINE: Final = {"lost": "levels above the root are breakage", "account:NAME": "an account gets them"}
PAY: Final = {
    "percent": "a rate of the volume that matches",
    "pairs": "money for each pair",
    "steps": "the value of the highest threshold that the weak leg reaches",
}
RATIO: Final = {
    "1:1": "each leg gives one unit to a pair",
    "1:2": "the left leg gives one, the right two",
    "2:1": "the left leg gives two, the right one",
    "either": "the leg that is weak before anything matches gives one, the strong one two",
    "pair_by_pair": "each pair takes one of the leg that is then the smaller, two of the other",
}
AFTER: Final = {
    "subtract": "what matched leaves both legs, the rest is carried",
    "flush": "both legs are emptied when something matched",
    "clear_weak": "the weak leg is emptied, and what matched leaves the strong one",
}
OVER_CAP: Final = {
    "flush_excess": "the legs lose what would have matched without the cap",
    "flush_both": "both legs are emptied where the cap bites",
    "carry": "only what was paid for leaves the legs",
}
INACTIVE: Final = {
    "keep": "new volume is added, and nothing matches",
    "freeze": "new volume is dropped, and nothing matches",
    "match": "the legs match, and nothing is paid",
    "reset": "both legs are emptied",
}
SHARE_VALUE: Final = {
    "exact": "the fund is split in proportion to the shares",
    "rounded": "one share is worth a whole number of the unit of money, rounded down",
}
REMAINDER: Final = {
    "largest_remainder": "the units that are missing go to the largest remainders",
    "account:NAME": "an account gets what whole units leave",
}
NOBODY: Final = {
    "carry": "a fund, or a part of one, in which nobody has a share is carried to the next period",
    "account:NAME": "an account gets it",
}
TIES: Final = {
    "share": "each gets the mean of what the places they fill would get",
    "joined": "whoever joined earlier stands first, then the smaller id",
    "id": "the smaller id stands first",
}
UNQUALIFIED: Final = {
    "skip": "somebody who is not paid is passed over, as if not there",
    "consumes": "their rate counts as met, and the difference up to it is unpaid",
}
INITIAL: Final = "say which rate counts as met at the start: 0, or an expression on the source"
MINIMUM_UNPAID: Final = {
    "lost": "a sum below the minimum is lost",
    "carry": "it is carried, and joins the payee's sum of the next period",
}
CAP_PER: Final = {
    "payee": "what each payee gets",
    "owner": "what all positions of one owner get",
    "source": "what is paid on each source",
    "level": "what is paid on each level",
    "company": "what is paid in all",
}
CAP_APPLY: Final = {
    "scale": "all lines are cut in proportion",
    "cut_last": "the last lines are cut, in the order of order date, order id, level and payee",
    "priority": "the limit is filled bonus by bonus, in the order of `bonuses`",
}
AS_OF: Final = {"event": "every column is taken just before the order or event"}
UNIT: Final = {"points": "the amounts are points: the bonus is only a column, and nothing is paid"}
ONCE_PER: Final = {
    "rank": "once for each rank newly reached",
    "lifetime": "once for each payee",
    "period": "once for each payee in each period",
}
ONCE_PER_SOURCE: Final = 'once for each payee and source: once_per = ["source", "lifetime"] or ["source", "period"]'
SKIPPED: Final = {
    "paid": "a rank that was jumped over is paid too",
    "lost": "only the highest rank newly reached is paid",
}
DETAIL: Final = {
    "order": "a line per payee, source, order and level",
    "person": "a line per payee, source and level",
    "payee": "a line per payee",
}
SOURCES: Final = {
    "orders": "from each order",
    "events.NAME": "from each of these events",
    "people": "from each person",
}
BASIS: Final = {
    "earned": "what somebody qualified for, exactly, before minimums and caps",
    "paid": "what they were paid, after all of them",
}
COUNTS: Final = (
    'say who uses up a level: "true" is everybody (no compression, and dynamic compression), '
    'a condition such as "active" only who meets it (roll-up)'
)
COMPRESSION: Final = {
    "none": 'counts = "true" and unpaid = "lost"',
    "roll_up": 'counts = the plan\'s active measure and unpaid = "lost"',
    "dynamic": 'counts = "true" and unpaid = "next"',
}
CLIMB: Final = {
    "highest": "the highest rank whose own requirement holds",
    "ladder": "the highest for which every lower one's requirement holds too",
}
TABLE_BY: Final = {
    "threshold": "a row is reached at x >= its first number",
    "rank": "a row per rank",
    "key": "a row per text",
}
TABLE_MODE: Final = {
    "row": "the value of the row reached",
    "marginal": "the amount over the brackets, as income tax",
}


def explained(choices: Mapping[str, str]) -> str:
    """Return choices with their meanings, for a message."""
    return "choose " + "; ".join(
        f'"{word}": {meaning}' if meaning else f'"{word}"' for word, meaning in choices.items()
    )
