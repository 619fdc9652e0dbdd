import logging

import pytest
import pytest_asyncio

from channels_app import fragments
from channels_app.live import hub as hubs
from tests.channels_app.live.wire import MortalRedis
from tests.waiting import require


@pytest.fixture(autouse=True)
def fresh_fragments():
    """Ids repeat after a flush; what was rendered for the last test must not be shown in this one."""
    fragments.cache.clear()


@pytest_asyncio.fixture
async def hub(transactional_db):
    """The hub of this process."""
    yield await hubs.start()
    await hubs.stop()


@pytest.fixture
def no_hidden_error(caplog):
    """Nothing may have been logged as a warning or worse."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.fixture
def mortal_redis(tmp_path, settings):
    """A Redis of this test, on which this process publishes as a page process does."""
    server = MortalRedis(require("redis-server"), tmp_path)
    settings.REDIS_URL = server.url
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [server.url]}}
    settings.CHANNEL_LAYERS = {"default": layer}
    yield server
    server.kill()
