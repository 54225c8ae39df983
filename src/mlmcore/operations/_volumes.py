"""Personal and group volume of a calculated period: the volume `pv` of its orders by seller, and of everybody below.

These are the back office's own figures (decision D19); what a plan calls personal or group volume are its measures.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column, exact_decimal
from mlmcore.compensation.inputs import RunInputs
from mlmcore.genealogy.rollups import group_sum
from mlmcore.operations._evaluation import Evaluation
from mlmcore.repositories.carried import uuid_of
from mlmcore.repositories.values import Volumes

__all__ = ["volumes_of"]

_VOLUME: Final = "pv"
_TREE: Final = "sponsor"
_EPOCH: Final = 719_163
"""The ordinal of 1970-01-01."""


def volumes_of(evaluation: Evaluation) -> list[Volumes]:
    """Return everybody's volumes, in the order of the run's people; zeros where the plan declares no `pv`.

    The group is that of the sponsor tree, or of the plan's default tree where it has no sponsor tree.
    """
    inputs, network = evaluation.snapshot.inputs, evaluation.result.network
    column = inputs.orders.volumes.get(_VOLUME)
    personal = np.zeros(len(network), dtype=np.int64)
    if column is not None:
        persons = network.ids.find(inputs.people.ids.keys)
        rows = _rows_within(inputs)
        np.add.at(personal, persons[inputs.orders.seller[rows]], column.values[rows])
    group = _group(evaluation, personal)
    places = _places(column)
    return [
        Volumes(
            distributor_id=uuid_of(network.ids.keys[person]),
            personal=exact_decimal(int(personal[person]), places),
            group=exact_decimal(int(group[person]), places),
        )
        for person in range(len(network))
    ]


def _rows_within(inputs: RunInputs) -> NDArray[np.intp]:
    first, end = (day.toordinal() - _EPOCH for day in (inputs.period.start, inputs.period.end))
    return np.nonzero((inputs.orders.date >= first) & (inputs.orders.date < end))[0]


def _group(evaluation: Evaluation, personal: NDArray[np.int64]) -> NDArray[np.int64]:
    network = evaluation.result.network
    name = _TREE if _TREE in network.trees else network.default
    nodes = network.node_of_person[name]
    if nodes is None:
        return group_sum(network.trees[name], personal)
    by_node = np.empty_like(personal)
    by_node[nodes] = personal
    group: NDArray[np.int64] = group_sum(network.trees[name], by_node)[nodes]
    return group


def _places(column: Column | None) -> int:
    return 0 if column is None else column.places
