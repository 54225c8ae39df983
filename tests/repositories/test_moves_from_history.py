"""What a run of `tree_as_of = "sale"` is given of a store's history."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from mlmcore.compensation.inputs import Edges
from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex
from mlmcore.genealogy.dated import DatedEdges
from mlmcore.repositories.moves import first_places_and_moves


def _microseconds(text: str, zone: str = "UTC") -> int:
    instant = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return int(instant.timestamp()) * 10**6


def _history(ids: IdIndex, rows: list[tuple[int, int, int, str]]) -> DatedEdges:
    return DatedEdges(
        ids=ids,
        person=np.array([row[0] for row in rows], dtype=np.int32),
        parent=np.array([row[1] for row in rows], dtype=np.int32),
        leg=np.array([row[2] for row in rows], dtype=np.int32),
        since=np.array([_microseconds(row[3]) for row in rows]),
    )


class TestMovesFromHistory:
    def test_first_places_and_then_the_last_of_each_day(self) -> None:
        """Rows of any order; moves after the period are left out; whoever is not in the run is nobody."""
        everybody = IdIndex.from_labels(["ann", "bob", "cid", "late"])
        history = _history(
            everybody,
            [
                (2, 1, 1, "2026-03-10T09:00"),
                (2, 0, 2, "2026-01-01T00:00"),
                (0, -1, 0, "2026-01-01T00:00"),
                (1, -1, 0, "2026-01-01T00:00"),
                (2, -1, 0, "2026-03-10T08:00"),
                (2, 3, 1, "2026-03-20T08:00"),
                (2, 0, 1, "2026-04-01T00:00"),
                (3, -1, 0, "2026-04-02T00:00"),
            ],
        )
        people = IdIndex.from_labels(["cid", "ann", "bob"])

        trees, moves = first_places_and_moves(
            {"sponsor": Edges(parent=[-1, -1, -1])},
            people,
            Period.parse("2026-03"),
            {GenealogyTree.SPONSOR: history}.__getitem__,
        )

        assert trees["sponsor"].parent.tolist() == [1, -1, -1]
        assert trees["sponsor"].leg.tolist() == [2, 0, 0]
        found = moves["sponsor"]
        days = [str(np.datetime64(day, "D")) for day in found.since.tolist()]
        assert list(zip(found.person.tolist(), found.parent.tolist(), found.leg.tolist(), days, strict=True)) == [
            (0, 2, 1, "2026-03-10"),
            (0, -1, 0, "2026-03-20"),
        ]

    def test_the_day_is_that_of_the_periods_timezone(self) -> None:
        """Late in the evening of New York it is the next day in UTC."""
        ids = IdIndex.from_labels(["ann", "bob"])
        rows = [(0, -1, 0, "2026-01-01T00:00"), (1, -1, 0, "2026-01-01T00:00"), (1, 0, 1, "2026-03-11T02:00")]

        _, moves = first_places_and_moves(
            {"sponsor": Edges(parent=[-1, -1])},
            ids,
            Period.parse("2026-03", "America/New_York"),
            {GenealogyTree.SPONSOR: _history(ids, rows)}.__getitem__,
        )

        assert str(np.datetime64(int(moves["sponsor"].since[0]), "D")) == "2026-03-10"
