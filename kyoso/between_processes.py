"""What the processes of one site share: the bus between them, and the counters of rate limits."""


def layers(redis_url: str) -> dict:
    """Django Channels' CHANNEL_LAYERS: Redis, or nothing but this process."""
    if redis_url:
        config = {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_url]},
        }
    else:
        config = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
    return {"default": config}


def caches() -> dict:
    """Django's CACHES: counters of rate limits in PostgreSQL, shared by all processes (docs/security.md L3).

    Not in Redis: nobody could sign in while it is away, and whoever empties it would empty the limits.
    """
    return {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kyoso_cache"}}
