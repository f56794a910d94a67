"""The private port: a few pages for orchestrators and monitoring, by HTTP/1.1, one request a connection."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from dnsnode.address import Address, open_socket
from dnsnode.http_head import MOST_HEAD, BadRequest, read_head

REQUEST_SECONDS: Final = 10.0
"""For a request to come, and its response to be taken."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a path shows."""

    body: str
    content_type: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


type Pages = Mapping[str, Callable[[], Awaitable[Page]]]
"""How each path's page is made, when it is asked for."""


async def serve_pages(address: Address, pages: Pages) -> asyncio.Server:
    """Listen; raises `OSError`. What is not among the pages is 404, other methods than GET and HEAD are 405."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):  # gone, or out of time
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await _respond(head.removesuffix(b"\r\n\r\n"), pages))
                await writer.drain()
        writer.close()

    sock = open_socket(address, socket.SOCK_STREAM, is_shared=False)
    return await asyncio.start_server(converse, sock=sock, limit=MOST_HEAD)


async def _respond(head: bytes, pages: Pages) -> bytes:
    try:
        method, path, _ = read_head(head)
    except BadRequest as error:
        return _write(Page(f"{error}\n", status=error.status))
    if method not in ("GET", "HEAD"):
        return _write(Page("only GET and HEAD\n", status=HTTPStatus.METHOD_NOT_ALLOWED))
    make = pages.get(path)
    page = await make() if make else Page(f"pages: {' '.join(pages)}\n", status=HTTPStatus.NOT_FOUND)
    return _write(page, is_head=method == "HEAD")


def _write(page: Page, *, is_head: bool = False) -> bytes:
    body = page.body.encode()
    fields = [
        f"HTTP/1.1 {page.status.value} {page.status.phrase}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {len(body)}",
        *(["Allow: GET, HEAD"] if page.status is HTTPStatus.METHOD_NOT_ALLOWED else []),
        "Cache-Control: no-store",
        "Connection: close",
    ]
    return "\r\n".join([*fields, "", ""]).encode() + (b"" if is_head else body)
