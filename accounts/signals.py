"""The only upward doors of accounts: sent as the last statement of a transaction, never after it.

A receiver in channels_app announces inside the same transaction, so membership and its events commit
together. Each signal carries `member`; `access_revoked` also `actor`,
`session_ended` also `session_key`.
"""

from django.dispatch import Signal

member_admitted = Signal()
member_changed = Signal()
member_departed = Signal()
access_revoked = Signal()
session_ended = Signal()
