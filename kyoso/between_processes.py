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


def caches(redis_url: str) -> dict:
    """Django's CACHES. All processes must share the counters (docs/security.md L3), so never LocMem."""
    if redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}
    return {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kyoso_cache"}}
