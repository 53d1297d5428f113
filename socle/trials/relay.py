"""`python -m socle.trials.relay PORT TO`: leads whoever calls at PORT to the platform of a demonstration, at TO.

Roundcube and Dovecot are told once where the platform is, and it is served at another port from one day to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from socle.lib.children import die_with_parent

# Seconds before another look at a port that another `socle run` of the same demonstration holds.
AGAIN_AFTER = 5.0
PIECE = 65_536


async def relay(port: int, to: int) -> None:
    """Relay until one is stopped; wait for the port as long as another holds it."""

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", to)
            await asyncio.gather(_pass(reader, back), _pass(there, writer))
        writer.close()

    while True:
        try:
            server = await asyncio.start_server(lead, "127.0.0.1", port)
        except OSError:
            await asyncio.sleep(AGAIN_AFTER)
            continue
        async with server:
            await server.serve_forever()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    die_with_parent()
    asyncio.run(relay(int(sys.argv[1]), int(sys.argv[2])))
