"""What runs beside the loop ends, also when a library swallows the request."""

import asyncio

import pytest

from channels_app.live import endings
from channels_app.live.endings import end

pytestmark = pytest.mark.asyncio


async def deaf(times: int) -> None:
    """Swallow so many cancellations."""
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def failing() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        raise ValueError("on the way out")


async def test_a_task_that_swallows_cancellations_ends_all_the_same(monkeypatch):
    monkeypatch.setattr("channels_app.live.endings.PATIENCE", 0.001)
    tasks = [asyncio.create_task(coroutine) for coroutine in (deaf(0), deaf(3), failing())]
    await asyncio.sleep(0)
    await end(tasks)
    assert [task.done() for task in tasks] == [True, True, True]
    assert [task.cancelled() for task in tasks] == [True, True, False]


async def test_nothing_to_end_is_no_wait():
    ended = asyncio.create_task(asyncio.sleep(0))
    await ended
    await end([ended])
    await end([])


async def test_what_shall_go_on_goes_on_whatever_ended_it(monkeypatch):
    monkeypatch.setattr(endings, "AGAIN_SECONDS", 0)
    ends = [ValueError("a defect"), asyncio.CancelledError(), None]
    going_on = asyncio.Event()

    async def work() -> None:
        if not ends:
            going_on.set()
            await asyncio.Event().wait()
        if outcome := ends.pop(0):
            raise outcome

    task = asyncio.create_task(endings.kept(work))
    async with asyncio.timeout(10):
        await going_on.wait()
    await endings.end([task])
    assert task.cancelled()
