"""A small process between Python and PostgreSQL, so that no server outlives whoever started it.

It is the parent of `postgres` and reads its own standard input, a pipe whose other end the owner holds. End of file,
whatever ended the owner (also SIGKILL), means: stop the server, and delete the folder if it was to be thrown away.
Run as a script by `server.py`, with the standard library only: `python _supervisor.py JSON`.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

STOP_SECONDS = 60


def main() -> int:
    """Start the server, say its process id, wait for the end of standard input or of the server, and tidy up."""
    order = json.loads(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of the pipe is the one way to stop
    # The log is opened before the user is changed, so that a folder that only we can enter will do.
    with open(order["log"], "ab") as log:  # noqa: PTH123  (a script of the bare standard library)
        server = subprocess.Popen(  # noqa: S603  (the command is the launcher's own)
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=order["environment"],
            start_new_session=True,
            **({"user": order["user"], "group": order["group"], "extra_groups": []} if order["user"] else {}),
        )
    print(server.pid, flush=True)  # noqa: T201  (the launcher reads it)
    owner_gone = threading.Thread(target=_stop_at_end_of_input, args=(server, order["stop_signal"]))
    owner_gone.start()
    code = server.wait()
    # A server that ended by itself leaves its log until the owner has read it.
    owner_gone.join()
    for folder in order["throw_away"]:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if code in {0, -signal.SIGQUIT} else 1


def _stop_at_end_of_input(server: "subprocess.Popen[bytes]", stop_signal: int) -> None:
    while os.read(0, 4096):
        pass
    with contextlib.suppress(ProcessLookupError):
        server.send_signal(stop_signal)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_SECONDS)
        return
    server.kill()


if __name__ == "__main__":
    sys.exit(main())
