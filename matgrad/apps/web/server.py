"""The server: static files, one JSON route for every command, an OpenAPI file. No request leaves for another host."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...errors import Phrase
from ...explain.chinese import spoken
from .openapi import document
from .pool import Busy, Late, Pool
from .respond import COMMANDS, language_of

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 64 * 1024
LOCAL = ("127.0.0.1", "localhost", "[::1]")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Guarded:
    """Adds the headers that keep the page to itself."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, guarded)


def error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"kind": kind, "message": message}}, status, headers)


async def body_of(request: Request) -> bytes:
    """The body. Raises HTTPException when it is too large or not JSON by its type."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "the body is application/json")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"a request has at most {LARGEST_BODY} bytes")
    return body


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class Api(HTTPEndpoint):
    """POST /api/{command}."""

    async def post(self, request: Request) -> Response:
        return await answer(request)


async def answer(request: Request) -> Response:
    """What the pool says to one request."""
    command = request.path_params["command"]
    if command not in COMMANDS:
        raise HTTPException(404, f"there is no command {command[:40]!r}; commands are {', '.join(COMMANDS)}")
    body = await body_of(request)
    try:
        asked = json.loads(body, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return error(400, "BadRequest", "the body is not JSON")
    try:
        status, reply = await unless_gone(request, request.app.state.pool, command, asked)
    except Busy:
        return error(503, "Busy", spoken(Phrase("too many requests wait; try again in a moment"), language_of(asked)), {"Retry-After": "1"})
    except Late:
        pool: Pool = request.app.state.pool
        sentence = "no answer within {seconds} seconds and {memory} MiB; the command line has no such limits"
        late = Phrase(sentence, seconds=f"{pool.seconds:g}", memory=pool.memory >> 20)
        return error(422, "LimitError", spoken(late, language_of(asked)))
    return Response(reply, status, media_type="application/json")


async def unless_gone(request: Request, pool: Pool, command: str, asked: Any) -> tuple[int, bytes]:
    """The pool's reply; the work is dropped when the client has gone."""
    job = asyncio.ensure_future(pool.ask(command, asked))
    gone = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        return await job if job.done() else (499, b"{}")
    finally:
        gone.cancel()
        job.cancel()


async def openapi(request: Request) -> Response:
    return JSONResponse(document())


async def http_error(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, HTTPException)
    return error(raised.status_code, "BadRequest", raised.detail, dict(raised.headers or {}))


def application(host: str = "127.0.0.1", pool: Pool | None = None) -> Starlette:
    """The application; a name or address other than this machine's must be asked for."""
    workers = pool or Pool()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        workers.start()
        yield
        await workers.stop()

    hosts = ["*"] if host in ("0.0.0.0", "::") else [*LOCAL, host]  # noqa: S104
    app = Starlette(
        routes=[
            Route("/api/{command}", Api),
            Route("/openapi.json", openapi),
            Mount("/", StaticFiles(directory=STATIC, html=True)),
        ],
        middleware=[
            Middleware(Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(GZipMiddleware, minimum_size=1000),
        ],
        exception_handlers={HTTPException: http_error},
        lifespan=lifespan,
    )
    app.state.pool = workers
    return app


def serve(host: str, port: int, browser: bool) -> None:
    """Run until interrupted; open the page unless told not to."""
    import threading
    import webbrowser

    import uvicorn

    address = f"http://{'localhost' if host in ('0.0.0.0', '::') else host}:{port}/"  # noqa: S104
    print(f"matgrad at {address} (Ctrl-C stops it)", flush=True)
    if browser:
        threading.Timer(0.8, webbrowser.open, (address,)).start()
    uvicorn.run(application(host), host=host, port=port, log_level="warning", server_header=False)
