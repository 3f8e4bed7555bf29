"""A network between two hosts: `delay.py PORT UPSTREAM_PORT MILLISECONDS` forwards each byte so much later, either way."""

import asyncio
import sys

PORT, UPSTREAM, DELAY = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000


async def forward(reader, writer):
    """Bytes keep their distance in time, so they are delayed and not slowed down."""
    loop, late = asyncio.get_running_loop(), asyncio.Queue()

    async def deliver():
        while True:
            due, data = await late.get()
            await asyncio.sleep(max(0, due - loop.time()))
            writer.write(data)
            if not data:
                return writer.close()

    delivery = asyncio.create_task(deliver())
    while data := await reader.read(1 << 16):
        late.put_nowait((loop.time() + DELAY, data))
    late.put_nowait((loop.time() + DELAY, b""))
    await delivery


async def accept(reader, writer):
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", UPSTREAM)
    await asyncio.gather(forward(reader, far_writer), forward(far_reader, writer), return_exceptions=True)


async def main():
    server = await asyncio.start_server(accept, "127.0.0.1", PORT)
    async with server:
        await server.serve_forever()

asyncio.run(main())
