"""Access that is looked up again by the clock takes nothing from what the member has just turned to."""

import asyncio

import pytest

from channels_app.live import entrance, sweep
from channels_app.live.frames import Wish
from tests import factories
from tests.channels_app.live.stage import act, page, screen
from tests.people import person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.asyncio,
    pytest.mark.usefixtures("no_hidden_error"),
]


async def test_a_focus_under_way_survives_a_look_that_was_begun_before_it_was_answered(hub):
    tanaka = await act(person, "tanaka")
    first = await act(factories.channel, "madoguchi-dx", tanaka)
    second = await act(factories.channel, "kenshu", tanaka, name="研修")
    browser = await screen(tanaka, first)
    (connection,) = hub.connections
    stream, head = await act(page, second)
    async with connection.lock:  # as refocus() holds it while it answers a focus frame
        wish = Wish((first.stream, stream), {stream: head}, hub.epoch)
        reach = await entrance.look_up(hub, connection, wish)
        again = asyncio.create_task(sweep.look_up_again(hub, connection))
        await asyncio.sleep(0)  # it has begun
        entrance.settle(hub, connection, reach, wish, again=False)
    await again
    post = await act(factories.post, tanaka, second)
    told = await browser.until("e", s=stream)
    assert (told["id"], told["n"]) == (post.pk, head + 1)
    assert {first.stream, stream} <= connection.cursors.keys()
    await browser.leave()
