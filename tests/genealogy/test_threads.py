"""Parts of a loop and works side by side: in order, all of them, and no thread where nobody asked for one."""

import threading

import numpy as np
import pytest

from mlmcore.genealogy import threads


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part may be as small as ten."""
    monkeypatch.setattr(threads, "_SMALLEST_PART", 10)


def here(*_: int) -> int:
    """Which thread works."""
    return threading.get_ident()


class TestInParts:
    """`in_parts(size, work)`."""

    def test_parts_follow_each_other_and_leave_nothing_out(self) -> None:
        """Whatever the number of threads."""
        with threads.using(3):
            assert threads.in_parts(100, lambda begin, end: (begin, end)) == [(0, 33), (33, 66), (66, 100)]

    def test_no_part_is_smaller_than_pays(self) -> None:
        """Few elements make few parts; none at all make one."""
        with threads.using(3):
            assert threads.in_parts(29, lambda begin, end: (begin, end)) == [(0, 14), (14, 29)]
            assert threads.in_parts(0, lambda begin, end: (begin, end)) == [(0, 0)]

    def test_nobody_asked_for_threads(self) -> None:
        """Outside `using` one thread does it all: the caller's."""
        assert threads.in_parts(100, here) == [threading.get_ident()]

    def test_a_part_has_no_parts(self) -> None:
        """A worker starts no further threads."""
        with threads.using(2):
            inner = threads.in_parts(100, lambda _, __: len(threads.in_parts(100, here)))

        assert inner == [1, 1]


class TestTogether:
    """`together(size, *works)`."""

    def test_what_each_gave_comes_in_their_order(self) -> None:
        """Also where there are more works than threads."""
        with threads.using(2):
            assert threads.together(10, lambda: "a", lambda: "b", lambda: "c") == ["a", "b", "c"]

    def test_small_works_stay_in_this_thread(self) -> None:
        """Starting a thread takes longer."""
        with threads.using(2):
            assert threads.together(9, here, here) == [threading.get_ident()] * 2

    def test_the_first_error_is_the_one_that_is_raised(self) -> None:
        """As if they had been done one after the other."""

        def failing(word: str) -> str:
            raise ValueError(word)

        with threads.using(2), pytest.raises(ValueError, match=r"^first$"):
            threads.together(10, lambda: failing("first"), lambda: failing("second"))


class TestLater:
    """`later(size, work)`."""

    def test_it_is_done_by_another_thread(self) -> None:
        """And gives what it came to."""
        with threads.using(2):
            assert threads.later(10, here)() != threading.get_ident()

    def test_nobody_asked_for_threads(self) -> None:
        """Then, as where it is not worth one, the caller does it at once."""
        assert threads.later(10, here)() == threading.get_ident()
        with threads.using(2):
            assert threads.later(9, here)() == threading.get_ident()

    def test_what_it_raises_comes_when_it_is_waited_for(self) -> None:
        """With one thread at once."""

        def failing() -> None:
            raise ValueError

        with threads.using(2):
            wait = threads.later(10, failing)
        with pytest.raises(ValueError, match=r"^$"):
            wait()
        with pytest.raises(ValueError, match=r"^$"):
            threads.later(10, failing)


class TestAvailable:
    """`available()`."""

    def test_at_least_one_and_at_most_eight(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine of a hundred processors is not taken whole."""
        assert 1 <= threads.available() <= 8

        monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(100)), raising=False)

        assert threads.available() == 8


class TestTaken:
    """`taken(values, rows)`."""

    def test_many_rows_are_as_brackets_give_them(self) -> None:
        """Also rows from behind, and values of several numbers each."""
        values = np.arange(40).reshape(20, 2)
        rows = np.array([*range(20), -1, -20, 3], dtype=np.int32)

        with threads.using(2):
            assert threads.taken(values, rows).tolist() == values[rows].tolist()

    @pytest.mark.parametrize("row", [20, -21])
    def test_there_must_be_such_rows(self, row: int) -> None:
        """Nothing wraps round."""
        with pytest.raises(IndexError, match=r"^rows from .* were asked for, and there are 20$"):
            threads.taken(np.arange(20), np.array([0] * 10 + [row]))
