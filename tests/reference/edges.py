"""The slow, obvious twin of looking at edges: everything that is wrong, by dicts of labels.

Written from the specification (`docs/genealogy/data-model.md`, `building.md`), not from the fast code.
"""

from collections import defaultdict
from collections.abc import Iterator

from mlmcore.domain.ids import key_of

__all__ = ["wrong_edges"]

Wrong = tuple[str, str]
"""The code, and the label of the person at whom it is told; empty where the row has no id."""


def wrong_edges(labels: list[str], parents: list[str | None], legs: list[int]) -> list[Wrong]:
    """Everything that is wrong, sorted."""
    sound = [row for row, label in enumerate(labels) if label and label == label.strip()]
    wrong = [("ids.malformed", "")] * (len(labels) - len(sound))
    rows_of_key = defaultdict(list)
    for row in sound:
        rows_of_key[key_of(labels[row])].append(row)
    for rows in rows_of_key.values():
        spellings = list(dict.fromkeys(labels[row] for row in rows))
        if len(rows) > 1:
            wrong.append(("ids.twice" if len(spellings) == 1 else "ids.spellings", spellings[-1]))
    first = {key: labels[rows[0]] for key, rows in rows_of_key.items()}
    upline: dict[str, str | None] = {}
    leg = {}
    for rows in rows_of_key.values():
        person, parent = labels[rows[0]], parents[rows[0]]
        padded = parent is not None and parent != parent.strip()
        known = None if not parent or padded else first.get(key_of(parent))
        upline[person], leg[person] = known, legs[rows[0]]
        if parent and known is None:
            wrong.append(("genealogy.orphan", person))
            leg[person] = min(leg[person], 0)  # whose leg that is nobody knows
    wrong += [("genealogy.self", person) for person, above in upline.items() if person == above]
    return sorted([*wrong, *_cycles(upline), *_legs(upline, leg)])


def _cycles(upline: dict[str, str | None]) -> Iterator[Wrong]:
    rounds = set()
    for person in upline:
        seen: list[str] = []
        at: str | None = person
        while at is not None and at not in seen:
            seen.append(at)
            at = upline[at]
        if at is not None:
            rounds.add(frozenset(seen[seen.index(at) :]))
    return (("genealogy.cycle", min(people)) for people in rounds if len(people) > 1)


def _legs(upline: dict[str, str | None], leg: dict[str, int]) -> Iterator[Wrong]:
    people_of_leg = defaultdict(list)
    for person, above in upline.items():
        if leg[person] < 0:
            yield "genealogy.leg", person
        if leg[person] > 0 and above is None:
            yield "genealogy.root-leg", person
        if leg[person] > 0 and above is not None:
            people_of_leg[above, leg[person]].append(person)
    yield from (("genealogy.shared-leg", max(people)) for people in people_of_leg.values() if len(people) > 1)
