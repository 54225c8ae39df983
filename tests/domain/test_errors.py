"""Errors: one tree, stable codes, data as attributes, and findings that read well."""

import pickle

import pytest

from mlmcore.domain import errors
from mlmcore.domain.errors import Finding, Findings, InputError, MlmError, nearest

SAMPLES = [
    errors.InputError.of("'1e3' is not a decimal", "write it out: 1000", code="input.decimal", path="orders.pv"),
    errors.NotFoundError("distributor", ["a", "b"]),
    errors.ConflictError("e-mail is taken"),
    errors.BrokenReferenceError("no such sponsor"),
    errors.IllegalMoveError("order", "pending", "shipped", ["confirmed", "cancelled"]),
    errors.RefusedError("a suspended customer cannot order"),
    errors.MissingExtraError("click", "cli"),
    errors.StorageError("the disk is full"),
    errors.TransientError("deadlock"),
]


class TestFinding:
    """What, where, and what to do, in one line."""

    @pytest.mark.parametrize(
        ("finding", "line"),
        [
            (
                Finding(code="x", what="no", todo="write 1000", file="orders.csv", line=17, path="orders.pv"),
                "orders.csv:17: orders.pv: no; write 1000",
            ),
            (Finding(code="x", what="no", file="orders.csv"), "orders.csv: no"),
            (Finding(code="x", what="no", line=3), "line 3: no"),
            (Finding(code="x", what="no", path="order.total"), "order.total: no"),
            (Finding(code="x", what="no"), "no"),
        ],
    )
    def test_says_only_what_it_knows(self, finding: Finding, line: str) -> None:
        """A place that is not known leaves no mark."""
        assert str(finding) == line


class TestInputError:
    """All findings at once, in the order of the input."""

    def test_one_finding_is_one_line(self) -> None:
        """Without a count."""
        assert str(InputError.of("no", "write 1000", path="orders.pv")) == "orders.pv: no; write 1000"

    def test_more_are_counted_and_sorted_by_file_line_and_path(self) -> None:
        """Line 9 comes before line 10."""
        found = [("b.csv", 1, "x"), ("a.csv", 10, "x"), ("a.csv", 9, "z"), ("a.csv", 9, "y")]

        error = InputError(Finding(code="c", what="no", file=file, line=line, path=path) for file, line, path in found)

        assert str(error) == "4 findings:\na.csv:9: y: no\na.csv:9: z: no\na.csv:10: x: no\nb.csv:1: x: no"

    def test_it_cannot_be_empty(self) -> None:
        """An error about nothing would hide a mistake of ours."""
        with pytest.raises(ValueError, match=r"^an InputError has at least one finding$"):
            InputError([])


class TestTree:
    """Everything under one root."""

    @pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
    def test_each_is_a_sort_of_the_root(self, error: MlmError) -> None:
        """So one `except` is enough."""
        assert isinstance(error, MlmError)

    def test_codes_are_stable(self) -> None:
        """Programs compare them."""
        assert {type(error).__name__: error.code for error in SAMPLES} == {
            "InputError": "input.invalid",
            "NotFoundError": "storage.not-found",
            "ConflictError": "storage.conflict",
            "BrokenReferenceError": "storage.reference",
            "IllegalMoveError": "domain.illegal-move",
            "RefusedError": "domain.refused",
            "MissingExtraError": "install.missing-extra",
            "StorageError": "storage.failed",
            "TransientError": "storage.transient",
        }

    @pytest.mark.parametrize(
        ("kind", "builtin"),
        [
            (errors.InputError, ValueError),
            (errors.NotFoundError, LookupError),
            (errors.IllegalMoveError, ValueError),
            (errors.MissingExtraError, ImportError),
        ],
    )
    def test_leaves_are_what_a_caller_would_catch_anyway(self, kind: type[MlmError], builtin: type[Exception]) -> None:
        """A host's own handlers work."""
        assert issubclass(kind, builtin)

    @pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
    def test_each_survives_another_process(self, error: MlmError) -> None:
        """With its text and its data."""
        copy = pickle.loads(pickle.dumps(error))

        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))

    def test_messages_name_what_is_needed(self) -> None:
        """Whole, because people read them."""
        texts = [str(error) for error in (SAMPLES[1], SAMPLES[4], SAMPLES[6])]

        assert texts == [
            "no distributor with id a, b",
            "order: pending cannot become shipped; from pending it can become confirmed, cancelled",
            "click is not installed; it comes with: pip install 'mlmcore[cli]'",
        ]

    def test_a_final_state_says_so(self) -> None:
        """There is nothing to name."""
        error = errors.IllegalMoveError("distributor", "terminated", "active", [])

        assert str(error) == (
            "distributor: terminated cannot become active; from terminated it can become nothing: it is final"
        )


class TestFindings:
    """The collector that readers fill."""

    def test_an_empty_one_raises_nothing(self) -> None:
        """And is false."""
        found = Findings()

        found.raise_if_any()

        assert not found

    def test_raises_all_of_them(self) -> None:
        """Its own and those of others."""
        found = Findings()
        found.add(code="a", what="first", todo="mend it", file="f", line=1, path="p")
        found.extend([Finding(code="b", what="second")])

        with pytest.raises(InputError) as caught:
            found.raise_if_any()

        assert (len(found), [item.code for item in found]) == (2, ["a", "b"])
        assert str(caught.value) == "2 findings:\nsecond\nf:1: p: first; mend it"


class TestNearest:
    """The name that was probably meant."""

    @pytest.mark.parametrize(
        ("name", "known", "hint"),
        [
            ("sponser", ["placement", "sponsor"], "did you mean 'sponsor'?"),
            ("zzz", ["b", "c", "a"], "known: a, b, c"),
            ("zzz", [], "there is none"),
            (
                "zzz",
                [f"n{index:02}" for index in range(22)],
                f"known: {', '.join(f'n{i:02}' for i in range(20))} and 2 more",
            ),
        ],
    )
    def test_hints(self, name: str, known: list[str], hint: str) -> None:
        """One that is close, else what there is, in order and not without end."""
        assert nearest(name, known) == hint
