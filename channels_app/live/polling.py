"""The long poll, for networks that let no WebSocket through: POST /live/poll.

Request: the session cookie, the page's own Origin, the header X-CSRFToken with the value of the CSRF cookie
(or of the page's token), and as the body one hello frame (frames.py) with two optional fields:

    {"t":"hello","v":1,"epoch":"…","cur":{"c42":10230,"u7":88,"s":501},"focus":["c42"],"wait":25,"posts":4413}

`wait` (seconds, 0 to 25, default 25): how long to hold the request when there is nothing new. The first poll of
a page says 0: it is answered at once and tells whether the cursors are level.
`posts`: the sum of the posts counts of all channels as the client shows them (first numbers of `ch`, raised by
`u` frames). If the server's sum differs, it answers at once, so an unread number never waits for the next event.

Answer: 200 with a JSON array of frames. The first is always `hi`; then gone and reset frames; then `e`, `b`
and `u` frames, checked by the same invariants as on a WebSocket. It comes as soon as there is anything but
`hi` and `live`, otherwise after `wait` seconds: [hi, live]. The client handles the array, then polls again
with its new cursors. Every poll is complete in itself: nothing is remembered between two of them. An array
may end without `live` when more catch-up follows: poll again at once.

Refusals (JSON {"code": 4403} and the same meaning as the close codes): 400 protocol or body over 16 KiB ·
401 log in again · 403 origin, CSRF or access revoked · 405 · 409 replaced · 429 slow down · 503 with
Retry-After: restart or too many at once.
"""
