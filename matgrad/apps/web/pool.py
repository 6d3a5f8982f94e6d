"""A few worker processes behind a bounded queue; one that overruns its time or memory is killed and replaced."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from .worker import LENGTH, REPLY

SECONDS = 10.0
MEMORY = 1 << 30
WAITING = 64
PATIENCE = 60.0  # seconds that a request waits for a worker


class Busy(Exception):
    """More requests wait than the queue holds."""


class Late(Exception):
    """No answer within the time limit, or a worker that died of its memory limit."""


class Worker:
    """One process that answers one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process

    @classmethod
    async def start(cls, memory: int) -> Worker:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "matgrad.apps.web.worker", str(memory)]
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environment))

    async def ask(self, frame: bytes) -> tuple[int, bytes]:
        assert self.process.stdin
        self.process.stdin.write(LENGTH.pack(len(frame)) + frame)
        await self.process.stdin.drain()
        return await self.reply()

    async def reply(self) -> tuple[int, bytes]:
        """The next frame."""
        assert self.process.stdout
        length, status = REPLY.unpack(await self.process.stdout.readexactly(REPLY.size))
        return status, await self.process.stdout.readexactly(length)

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


class Pool:
    """Hands requests to idle workers. At most `waiting` requests wait; the rest are told to come again."""

    def __init__(self, workers: int = 0, waiting: int = WAITING, seconds: float = SECONDS, memory: int = MEMORY):
        self.count = workers or max(2, min(8, os.cpu_count() or 2))
        self.most = waiting
        self.seconds = seconds
        self.memory = memory
        self.waiting = 0
        self.idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self.workers: set[Worker] = set()
        self.hiring: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        for _ in range(self.count):
            self.hire()

    def hire(self) -> None:
        """Start a worker; it takes requests as soon as it is ready."""
        task = asyncio.ensure_future(self.hired())
        self.hiring.add(task)
        task.add_done_callback(self.hiring.discard)

    async def hired(self) -> None:
        worker = await Worker.start(self.memory)
        self.workers.add(worker)
        await worker.reply()
        self.idle.put_nowait(worker)

    async def stop(self) -> None:
        for task in self.hiring:
            task.cancel()
        await asyncio.gather(*self.hiring, return_exceptions=True)
        await asyncio.gather(*(w.stop() for w in self.workers))

    async def ask(self, command: str, request: Any) -> tuple[int, bytes]:
        """Status and JSON. Raises Busy when the queue is full, Late past the limits."""
        worker = await self.free()
        frame = json.dumps({"command": command, "request": request}).encode()
        try:
            reply = await asyncio.wait_for(worker.ask(frame), self.seconds)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            await self.replace(worker)
            raise Late from None
        except BaseException:  # the client went away
            await asyncio.shield(self.replace(worker))
            raise
        self.idle.put_nowait(worker)
        return reply

    async def free(self) -> Worker:
        """An idle worker, or the next that becomes idle. Raises Busy where too many wait already."""
        if not self.idle.empty():
            return self.idle.get_nowait()
        if self.waiting >= self.most:
            raise Busy
        self.waiting += 1
        try:
            return await asyncio.wait_for(self.idle.get(), PATIENCE)
        except TimeoutError:
            raise Busy from None
        finally:
            self.waiting -= 1

    async def replace(self, worker: Worker) -> None:
        self.workers.discard(worker)
        await worker.stop()
        self.hire()
