"""What a member does appears at once on the screens of those who look, in order, and only there."""

from uuid import uuid4

import pytest

from channels_app import fragments
from channels_app.actions.posts import publish_post
from tests import factories
from tests.channels_app.live.stage import Browser, act, log_in
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def test_a_post_reaches_the_viewer_with_the_bytes_of_the_page(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = Browser(await act(log_in, tanaka))
    assert await browser.open() == 101
    await browser.hello(channel.stream)
    post = await act(factories.post, tanaka, channel)
    said = await browser.until("e", s=channel.stream)
    fragment = await act(fragments.post, post.pk)
    assert said == {
        "t": "e",
        "s": channel.stream,
        "n": post.n,
        "k": "post.published",
        "id": post.pk,
        "v": 1,
        "html": fragment.html,
    }
    await browser.leave()
