"""A receiver that only publishes: aiohttp and aiokafka as their pages show them, on uvloop.

It has no signature check, limits or headers, and answers after Kafka's acknowledgement.
"""

from __future__ import annotations

import argparse
import asyncio

import uvloop
from aiohttp import web
from aiokafka import AIOKafkaProducer


async def serve(bootstrap: str, port: int) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True,
        max_request_size=8 * 1024 * 1024, max_batch_size=1024 * 1024,
    )  # fmt: skip
    await producer.start()

    async def receive(request: web.Request) -> web.Response:
        await producer.send_and_wait(
            f"idv.raw.{request.match_info['vendor']}", await request.read()
        )
        return web.Response(text="accepted\n")

    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/hooks/{vendor}", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    uvloop.run(serve(options.bootstrap, options.port))


if __name__ == "__main__":
    main()
