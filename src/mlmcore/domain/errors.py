"""The one error tree, and `Finding`: one thing that is wrong with an input.

Whoever calls the library catches `MlmError` for everything, or a leaf for one thing; leaves also inherit the builtin
that a caller would catch anyway. Each class has a stable `code`, and its data as attributes. Readers of input collect
findings and raise them together, so that nobody mends a file one line at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import ClassVar, Final, Self

from attrs import define, field, frozen

__all__ = [
    "BrokenReferenceError",
    "ConflictError",
    "Finding",
    "Findings",
    "IllegalMoveError",
    "InputError",
    "MissingExtraError",
    "MlmError",
    "NotFoundError",
    "RefusedError",
    "StorageError",
    "TransientError",
    "nearest",
]


@frozen(kw_only=True)
class Finding:
    """One thing wrong with an input.

    Attributes:
        code: Stable, for programs: `plan.unknown-name`, `people.cycle`.
        what: What is wrong, as a clause without a full stop.
        todo: What to do about it; may be empty where `what` says it all.
        file: The file as the caller named it; empty for input that is no file.
        line: Counted from 1; None where a line means nothing.
        path: Where in the input: `bonuses.unilevel.base`, `orders.pv`, `person bob`.
    """

    code: str
    what: str
    todo: str = ""
    file: str = ""
    line: int | None = None
    path: str = ""

    def __str__(self) -> str:
        line = "" if self.line is None else f":{self.line}" if self.file else f"line {self.line}"
        where = self.file + line
        places = "".join(f"{place}: " for place in (where, self.path) if place)
        return places + self.what + (f"; {self.todo}" if self.todo else "")


class MlmError(Exception):
    """The root of all errors of mlmcore.

    The arguments of a leaf are its `args`, so that it survives pickling on the way out of another process.
    """

    code: ClassVar[str] = "mlm.error"


class InputError(MlmError, ValueError):
    """An input is wrong; all findings at once, in the order of file, line and path.

    Raised by readers of files and documents, by the converter, and by entities whose values break a rule.

    Attributes:
        findings: At least one.
    """

    code = "input.invalid"

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda item: (item.file, item.line or 0, item.path, item.what)))
        if not self.findings:
            raise ValueError("an InputError has at least one finding")
        super().__init__(self.findings)

    @classmethod
    def of(cls, what: str, todo: str = "", *, code: str = "input.invalid", path: str = "") -> Self:
        """An error with one finding that is in no file."""
        return cls([Finding(code=code, what=what, todo=todo, path=path)])

    def __str__(self) -> str:
        lines = [str(item) for item in self.findings]
        return lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} findings:", *lines])


class NotFoundError(MlmError, LookupError):
    """Something was asked for by id that is not there.

    Attributes:
        entity: What was looked for: `distributor`.
        ids: All ids that were not found; none where something else than an id was asked for.
        todo: What to do about it, or "" where only the caller can know.
    """

    code = "storage.not-found"

    def __init__(self, entity: str, ids: Sequence[object], todo: str = "") -> None:
        self.entity = entity
        self.ids = tuple(ids)
        self.todo = todo
        super().__init__(entity, self.ids, todo)

    def __str__(self) -> str:
        said = f"no {self.entity} with id {', '.join(map(str, self.ids))}" if self.ids else f"no {self.entity}"
        return f"{said}; {self.todo}" if self.todo else said


class ConflictError(MlmError):
    """A fact that must be unique exists already, or changed under our hands."""

    code = "storage.conflict"


class BrokenReferenceError(MlmError):
    """Something referred to is missing, or something is still referred to."""

    code = "storage.reference"


class IllegalMoveError(MlmError, ValueError):
    """A state machine has no such move.

    Attributes:
        machine: Whose state: `order`.
        source: The state it is in.
        target: The state it was to enter.
        legal: The states it may enter from here.
        who: Its id, or "" where that is not known.
    """

    code = "domain.illegal-move"

    def __init__(self, machine: str, source: str, target: str, legal: Sequence[str], who: str = "") -> None:
        self.machine, self.source, self.target, self.legal, self.who = machine, source, target, tuple(legal), who
        super().__init__(machine, source, target, self.legal, who)

    def __str__(self) -> str:
        choices = ", ".join(self.legal) if self.legal else "nothing: it is final"
        whose = f"{self.machine} {self.who}".rstrip()
        return f"{whose}: {self.source} cannot become {self.target}; from {self.source} it can become {choices}"


class RefusedError(MlmError):
    """A rule says no; the message names the rule and what to do."""

    code = "domain.refused"


class MissingExtraError(MlmError, ImportError):
    """A library that an extra brings is not installed.

    Attributes:
        library: The package that is missing.
        extra: The extra that brings it.
    """

    code = "install.missing-extra"

    def __init__(self, library: str, extra: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(library, extra)

    def __str__(self) -> str:
        return f"{self.library} is not installed; it comes with: pip install 'mlmcore[{self.extra}]'"


class StorageError(MlmError):
    """The database said something that has no better name here; its words are the cause."""

    code = "storage.failed"


class TransientError(StorageError):
    """The database gave up for a passing reason (serialization, deadlock, time-out, lost connection): try again."""

    code = "storage.transient"


@define(eq=False)
class Findings:
    """Collects findings while an input is read; the one builder that is not frozen.

    >>> found = Findings()
    >>> found.add(code="people.unknown-status", what="unknown status 'actve'", file="people.csv", line=3)
    >>> bool(found)
    True
    """

    _items: list[Finding] = field(factory=list, init=False)

    def __bool__(self) -> bool:
        return bool(self._items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def add(
        self, *, code: str, what: str, todo: str = "", file: str = "", line: int | None = None, path: str = ""
    ) -> None:
        """Note one thing that is wrong; see `Finding`."""
        self._items.append(Finding(code=code, what=what, todo=todo, file=file, line=line, path=path))

    def extend(self, findings: Iterable[Finding]) -> None:
        """Note what somebody else found."""
        self._items.extend(findings)

    def raise_if_any(self) -> None:
        """Raise everything found so far.

        Raises:
            InputError: Something was found.
        """
        if self._items:
            raise InputError(self._items)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the name that was meant.

    >>> nearest("sponser", ["sponsor", "placement"])
    "did you mean 'sponsor'?"
    >>> nearest("zzz", ["sponsor", "placement"])
    'known: placement, sponsor'
    """
    choices = sorted({str(choice) for choice in known})
    close = get_close_matches(name, choices, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(choices) - _CHOICES_MAX} more" if len(choices) > _CHOICES_MAX else ""
    return f"known: {', '.join(choices[:_CHOICES_MAX])}{more}" if choices else "there is none"


_CHOICES_MAX: Final = 20
