"""A worker process: frames in, frames out, nothing kept between them.

A request frame is 4 bytes of length and JSON {"command", "request"}; a reply frame 4 bytes of length, 2 of status, and JSON.
The first frame, empty, says that the worker is ready.
"""

from __future__ import annotations

import json
import math
import os
import struct
import sys
from typing import Any, BinaryIO

LENGTH = struct.Struct(">I")
REPLY = struct.Struct(">IH")


def limit_memory(size: int) -> None:
    """At most `size` bytes of address space, where the system has such a limit."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ImportError, ValueError, OSError):
        return


def answer(body: bytes) -> bytes:
    from .respond import respond

    asked = json.loads(body)
    status, reply = respond(asked["command"], asked["request"])
    payload = json.dumps(finite(reply), ensure_ascii=False, allow_nan=False).encode()
    return REPLY.pack(len(payload), status) + payload


def finite(data: Any) -> Any:
    """Plain data without numbers that JSON does not have."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {k: finite(v) for k, v in data.items()}
    return [finite(v) for v in data] if isinstance(data, list | tuple) else data


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    while head := requests.read(LENGTH.size):
        replies.write(answer(requests.read(*LENGTH.unpack(head))))
        replies.flush()


def warm() -> None:
    """Load what the first request would otherwise wait for."""
    from .respond import respond

    respond("derive", {"expr": "tr(A*X)", "wrt": "X", "view": True})


def main() -> None:
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # nothing but frames on the pipe
    warm()
    replies.write(REPLY.pack(0, 200))  # ready: what comes now counts against the time limit
    replies.flush()
    limit_memory(int(sys.argv[1]))
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
