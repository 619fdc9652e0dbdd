"""Finished frames: written past the queue when it is empty, in order with everything else."""

import asyncio

import pytest
from websockets.frames import Frame, Opcode

from channels_app.live.wire import READY_FRAMES, ready
from tests import factories
from tests.channels_app.live.stage import Browser, act, come_true, log_in, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


class Wired(Browser):
    """A page on a server that takes finished frames, as long as `reading` is set."""

    def __init__(self, session_key: str):
        super().__init__(session_key)
        self.reading, self.past_the_queue = asyncio.Event(), 0
        self.reading.set()
        self.socket.scope["extensions"][READY_FRAMES] = {"write": self.write}
        application = self.socket.application

        async def slowly(scope, receive, send):
            async def send_slowly(message):
                await self.reading.wait()
                await send(message)

            await application(scope, receive, send_slowly)

        self.socket.application = slowly
        self.socket = type(self.socket)(slowly, self.socket.scope)

    def write(self, frame: bytes) -> bool:
        """What uvicorn's protocol does: take it, or say that the buffer is full."""
        if not self.reading.is_set():
            return False
        head = {126: 4, 127: 10}.get(frame[1], 2)
        self.past_the_queue += 1
        self.socket.output_queue.put_nowait({"type": "websocket.send", "text": frame[head:].decode()})
        return True


async def wired(member, channel) -> Wired:
    """Such a page, level."""
    browser = Wired(await act(log_in, member))
    assert await browser.open() == 101
    await browser.hello(channel.stream)
    await browser.quiet()
    return browser


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
async def test_a_finished_frame_is_what_the_server_would_have_written(size):
    text = "k" * size
    assert ready(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


async def test_who_has_everything_is_told_past_the_queue(hub, no_hidden_error):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    here = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    there = await act(factories.channel, "zatsudan", tanaka, miura, name="雑談")
    browser, plain = await wired(miura, here), await screen(miura, here)
    post = await act(factories.post, tanaka, here, "窓口🈁")
    await act(factories.post, tanaka, there)
    told = [await browser.until("e", id=post.pk), await browser.until("u")]
    assert told == [await plain.until("e", id=post.pk), await plain.until("u")]
    assert (browser.past_the_queue, browser.holes) == (2, 0)
    for page in (browser, plain):
        await page.leave()


async def test_who_reads_slowly_gets_it_through_the_queue_in_order(hub, no_hidden_error):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await wired(tanaka, channel)
    connection = hub.members[tanaka.pk][-1]
    browser.reading.clear()
    posts = [await act(factories.post, tanaka, channel, f"{i}件目") for i in range(3)]
    await come_true(lambda: connection.cursors[channel.stream] == posts[-1].n)
    browser.reading.set()
    await browser.until("e", id=posts[-1].pk)
    await browser.quiet()
    posts.append(await act(factories.post, tanaka, channel, "追いついたあと"))
    await browser.until("e", id=posts[-1].pk)
    assert browser.events(channel.stream) == [(post.n, "post.published") for post in posts]
    assert connection.handed == connection.cursors
    assert browser.holes == 0
    await browser.leave()
