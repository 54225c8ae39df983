"""What people of a structure bring, as far as it is known, and that no sum of it leaves int64."""

from typing import Final

import numpy as np
from attrs import define

from mlmcore.domain.errors import Findings
from mlmcore.genealogy._arrays import Ints64, sum_of_absolutes
from mlmcore.genealogy.live import _findings as live_findings
from mlmcore.genealogy.live._volumes import whole
from mlmcore.genealogy.spillover import _findings as say

__all__ = ["VolumeBound"]

_LARGEST: Final = int(np.iinfo(np.int64).max)


@define
class VolumeBound:
    """Whether any volume is known, and the sum of everybody's absolute volume, which bounds every group's.

    Attributes:
        known: Whether anybody has said what somebody brings.
        absolute: The sum, exact.
    """

    known: bool = False
    absolute: int = 0

    def one(self, label: str, volume: int | None, found: Findings, before: int = 0) -> int:
        """A volume in place of another, checked; None is 0."""
        own = 0 if volume is None else whole(volume)
        if own is None or abs(own) > _LARGEST:
            found.extend([say.bad_volume(label, volume)])
            return 0
        self._refuse_overflow(self.absolute - abs(before) + abs(own), found, f"person {label}")
        return own

    def many(self, volumes: object, people: int, found: Findings, *, anew: bool = False) -> Ints64:
        """int64[people]: the volumes of more people (`anew`: of everybody), checked; None is 0 for each."""
        if volumes is None:
            return np.zeros(people, dtype=np.int64)
        if not isinstance(volumes, np.ndarray) or volumes.dtype.kind != "i" or volumes.shape != (people,):
            given = f"{volumes.dtype} of shape {volumes.shape}" if isinstance(volumes, np.ndarray) else repr(volumes)
            found.extend([say.bad_volumes(given, people)])
            return np.zeros(people, dtype=np.int64)
        own = volumes.astype(np.int64)
        self._refuse_overflow((0 if anew else self.absolute) + sum_of_absolutes(own), found, "")
        return own

    def take(self, own: int, before: int = 0) -> None:
        """Note one volume in place of another."""
        self.known, self.absolute = True, self.absolute - abs(before) + abs(own)

    def take_all(self, own: Ints64, *, anew: bool = False) -> None:
        """Note the volumes of more people, or of everybody."""
        self.known, self.absolute = True, (0 if anew else self.absolute) + sum_of_absolutes(own)

    def _refuse_overflow(self, absolute: int, found: Findings, where: str) -> None:
        if absolute > _LARGEST:
            found.extend([live_findings.overflow("volume", absolute, where)])
