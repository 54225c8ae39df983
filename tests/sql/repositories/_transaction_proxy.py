"""A proxy that pools transactions, small and merciless: each transaction runs on another connection than the last one.

It speaks PostgreSQL's protocol between a client and a few connections of its own. As pgbouncer in its transaction mode
it hands a connection to a client for one transaction and resets nothing between two; unlike it, it never gives the same
connection twice in a row. Whatever belongs to a session and not to a transaction is lost behind it.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_PARAMETERS = (
    "server_version",
    "server_encoding",
    "client_encoding",
    "DateStyle",
    "TimeZone",
    "integer_datetimes",
    "standard_conforming_strings",
)
_STARTUP = 196608
_READY = b"Z\x00\x00\x00\x05I"
_ENDS = (b"Q", b"S")  # a query, a Sync: the server answers each with one ReadyForQuery


class TransactionProxy:
    """Listens on a port of this machine, in front of some connections to a database.

    Attributes:
        dsn: Where clients connect.
        transactions: How many it has passed on.
    """

    def __init__(self, dsn: str, connections: int = 3) -> None:
        self._held = [psycopg.connect(dsn, sslmode="prefer", gssencmode="disable") for _ in range(connections)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self.transactions = 0
        self._clients: set[asyncio.Task[Any]] = set()
        port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        of_server = conninfo_to_dict(dsn)
        self.dsn = make_conninfo(
            host="127.0.0.1",
            port=port,
            dbname=of_server["dbname"],
            user=of_server.get("user"),
            sslmode="disable",
            gssencmode="disable",
        )

    def close(self) -> None:
        """End every connection."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        for connection in self._held:
            connection.close()

    async def _listen(self) -> int:
        self._free: asyncio.Queue[_Streams] = asyncio.Queue()
        self._backends = []
        for connection in self._held:
            # libpq has done the greeting; from here on its socket is ours.
            copy = socket.socket(fileno=os.dup(connection.pgconn.socket))
            streams = await asyncio.open_connection(sock=copy)
            self._backends.append(streams)
            self._free.put_nowait(streams)
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _end(self) -> None:
        self._server.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        for _, writer in self._backends:
            writer.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await self._greet(reader, writer)
            await self._serve(reader, writer)
        self._clients.discard(task)
        writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while int.from_bytes((await _with_length(reader))[:4]) != _STARTUP:
            writer.write(b"N")  # neither TLS nor GSS
        writer.write(b"R" + (8).to_bytes(4) + bytes(4))
        for name in _PARAMETERS:
            value = self._held[0].pgconn.parameter_status(name.encode()) or b""
            body = name.encode() + b"\0" + value + b"\0"
            writer.write(b"S" + (len(body) + 4).to_bytes(4) + body)
        writer.write(_READY)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            first = await _message(reader)
            if first[:1] == b"X":
                return
            backend = await self._free.get()
            self.transactions += 1
            await self._transaction(first, (reader, writer), backend)
            self._free.put_nowait(backend)
            writer.write(_READY)

    async def _transaction(self, first: bytes, client: "_Streams", backend: "_Streams") -> None:
        """Pass messages on until the server is idle and has answered everything; its last word the caller says."""
        waiting = 0
        message: bytes | None = first
        ahead: asyncio.Task[bytes] | None = None
        answer: asyncio.Task[bytes] | None = None
        while True:
            if message is not None:
                waiting += message[:1] in _ENDS
                backend[1].write(message)
                message = None
            ahead = ahead or asyncio.create_task(_message(client[0]))
            answer = answer or asyncio.create_task(_message(backend[0]))
            await asyncio.wait([ahead, answer], return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                said, answer = answer.result(), None
                waiting -= said[:1] == b"Z"
                if said == _READY and not waiting and not ahead.done():
                    await _given_up(ahead)
                    return
                client[1].write(said)
            elif ahead.done():
                message, ahead = ahead.result(), None


_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def transaction_proxy(dsn: str) -> Iterator[TransactionProxy]:
    """A proxy in front of a database."""
    proxy = TransactionProxy(dsn)
    try:
        yield proxy
    finally:
        proxy.close()


async def _with_length(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4))
    return await reader.readexactly(length - 4)


async def _message(reader: asyncio.StreamReader) -> bytes:
    kind = await reader.readexactly(1)
    length = await reader.readexactly(4)
    return kind + length + await reader.readexactly(int.from_bytes(length) - 4)


async def _given_up(task: "asyncio.Task[bytes]") -> None:
    """Stop waiting for a message of which nothing has come yet."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
