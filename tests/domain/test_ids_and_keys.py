"""Ids: UUIDs in the order of creation, and keys of any text."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain import ids
from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import KEY_NAMESPACE, demo_user_id, key_of, new_id

FORKING = """
import os
from uuid import UUID
from mlmcore.domain import ids
ids._uuid7 = lambda: lambda: UUID("0192f000-0000-7000-8000-000000000000")
ids.new_id()
with ids._MADE._lock:
    child = os.fork()
    if not child:
        print(*(ids.new_id() for _ in range(50)), flush=True)
        os._exit(0)
os.waitpid(child, 0)
print(*(ids.new_id() for _ in range(50)))
"""


class TestNewId:
    """UUIDs of version 7."""

    def test_are_plain_uuids_of_version_seven(self) -> None:
        """Of the standard library's class, which drivers know."""
        made = new_id()

        assert (type(made), made.version) == (UUID, 7)

    def test_come_in_the_order_of_creation(self) -> None:
        """And never twice."""
        made = [new_id() for _ in range(1000)]

        assert made == sorted(set(made))

    def test_are_in_order_and_of_version_seven_where_the_clock_stands_or_is_put_back(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also over the end of what is random in a millisecond."""
        last = UUID("0192f000-0000-7fff-bfff-ffffffffffff")
        clock = iter([last, *[UUID("0192efff-0000-7000-8000-000000000000")] * 100])
        monkeypatch.setattr(ids, "_MADE", ids._Made())
        monkeypatch.setattr(ids, "_uuid7", lambda: lambda: next(clock))

        made = [new_id() for _ in range(101)]

        assert made == sorted(set(made))
        assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
        assert made[0] == last
        assert [one.int >> 80 for one in made[1:]] == [(last.int >> 80) + 1] * 100

    def test_are_in_order_within_every_thread(self) -> None:
        """And no two threads make the same."""
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: [new_id() for _ in range(500)], range(8)))

        assert all(each == sorted(each) for each in made)
        assert len({one for each in made for one in each}) == 4000

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
    def test_a_forked_process_makes_others(self) -> None:
        """Though it goes on from the same last one, and whoever held the lock of the parent is not there."""
        done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, check=True, timeout=60)

        made = done.stdout.split()
        assert len(made) == len(set(made)) == 100


class TestKeyOf:
    """Any text is an id."""

    @pytest.mark.parametrize("text", ["0123abcd-0000-4000-8000-00000000ffff", "0123ABCD-0000-4000-8000-00000000FFFF"])
    def test_a_uuid_in_either_case_is_itself(self, text: str) -> None:
        """So files and database agree."""
        assert key_of(text) == UUID("0123abcd-0000-4000-8000-00000000ffff")

    @pytest.mark.parametrize(
        "text",
        [
            "0123abcd00004000800000000000ffff",
            "{0123abcd-0000-4000-8000-00000000ffff}",
            "urn:uuid:0123abcd-0000-4000-8000-00000000ffff",
            "ann",
            "Ann",
            "1",
            "01",
            "é",
            "e\u0301",
        ],
    )
    def test_other_text_gets_a_key_of_its_own(self, text: str) -> None:
        """Also other spellings of a UUID: an id is what was written, by code point."""
        assert key_of(text) == uuid5(KEY_NAMESPACE, text)

    def test_the_namespace_never_changes(self) -> None:
        """Keys are stored, so this is part of the format."""
        assert str(key_of("ann")) == "5f42f50d-731a-560f-98ff-6646488a7a9b"

    @given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text == text.strip()), st.data())
    def test_two_texts_have_two_keys(self, text: str, data: st.DataObject) -> None:
        """As far as anybody will see."""
        other = data.draw(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda item: item == item.strip()))

        assert (key_of(text) == key_of(other)) == (text == other)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "an id is empty; give every person, order and customer one"),
            ("ann ", "id 'ann ' has white space around it; remove it"),
            ("\u00a0ann", "id '\\xa0ann' has white space around it; remove it"),
            (" ", "id ' ' has white space around it; remove it"),
            ("a\ud800", "id 'a\\ud800' holds a lone surrogate; read the file as UTF-8"),
        ],
    )
    def test_what_cannot_be_told_apart_is_refused(self, text: str, message: str) -> None:
        """White space at the ends is invisible in a report."""
        with pytest.raises(InputError) as caught:
            key_of(text)

        assert str(caught.value) == message

    def test_demo_users_have_stable_ids(self) -> None:
        """The seed's names are no UUIDs (D9)."""
        assert demo_user_id("admin-123") == key_of("admin-123")
