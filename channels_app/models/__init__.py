"""The nouns of WHAT IS SAID, one file each."""

from .channels import Channel, Membership
from .live import LiveEvent, LiveMeta, LiveStream
from .posts import Post, Revision
from .reactions import Reaction

__all__ = ["Channel", "LiveEvent", "LiveMeta", "LiveStream", "Membership", "Post", "Reaction", "Revision"]
