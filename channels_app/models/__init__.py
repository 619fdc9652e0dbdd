"""The nouns of WHAT IS SAID, one file each."""

from .activity import Activity
from .attachments import Attachment
from .bookmarks import Bookmark
from .channels import Channel, FormerAddress, Membership
from .drafts import Draft
from .entreaties import Entreaty
from .followings import Following
from .live import LiveEvent, LiveMeta, LiveStream
from .mentions import Mention
from .notifications import Notification
from .pins import Pin
from .posts import Post, Revision
from .proposals import Proposal, Support
from .questions import Question
from .reactions import Reaction
from .scheduled_posts import ScheduledPost
from .sections import Section
from .stamps import OwnStamp

__all__ = [
    "Activity",
    "Attachment",
    "Bookmark",
    "Channel",
    "Draft",
    "Entreaty",
    "Following",
    "FormerAddress",
    "LiveEvent",
    "LiveMeta",
    "LiveStream",
    "Membership",
    "Mention",
    "Notification",
    "OwnStamp",
    "Pin",
    "Post",
    "Proposal",
    "Question",
    "Reaction",
    "Revision",
    "ScheduledPost",
    "Section",
    "Support",
]
