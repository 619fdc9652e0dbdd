"""Live delivery. What server and browser say to each other, frame by frame (docs/live.md has the rest).

One JSON object per frame, UTF-8. Unknown fields and unknown `t` are ignored. The same frames travel over the
WebSocket (one text message each), the streamed answer (one line each) and the long poll (an array of them).

Client to server
----------------
hello   {"t":"hello","v":1,"epoch":"…","cur":{"c42":10230,"u7":88,"s":501},"focus":["c42"],"build":"…"}
        The first frame, within 10 s. `cur` names every stream the client holds content of: its own `u<id>`,
        `s` and each focus, with the `data-stream`/`data-n` the page printed. `focus` are the channels being
        looked at, at most 8. A stream without a cursor starts at the present. Another hello on the same
        socket is allowed: it asks again from its cursors (after a gap). `"gaps":2` tells how many holes the
        client has found since its last hello that was answered; they are counted, and there should be none.
focus   {"t":"focus","focus":["c42","c7"],"cur":{"c7":311}}   The whole new set, with cursors for what is new.
ping    {"t":"ping","i":9}                                      Answered by pong.
typing  {"t":"typing","s":"c42"}    Somebody writes in a channel looked at; one in 3 s is passed on.
A frame over 16 KiB, or more than 20 frames in 10 s, closes with 4429; what is not a JSON object with a `t`,
or a wrong type inside, with 4400.

Server to client
----------------
hi      {"t":"hi","conn":"…","epoch":"…","heads":{"c42":10233,"u7":88,"s":501},"ch":{"c42":[4102,4085]},
         "me":7,"hb":25,"spread":20,"build":"…"}
        The answer to hello. `heads` for the member's own streams and each granted focus; `ch` is
        [posts, read_posts] of every channel the member is in: unread = max(0, posts - read_posts). It
        replaces the whole list of counts. `hb`: ping at least every so many seconds. `spread`: after 1012 or
        bye come back at a random moment within so many seconds.
        It may come again unasked when counts have changed in bulk (an import).
        Order after hi: gone and reset frames, then e and b frames that bring every cursor to its head, then
        live.
e       {"t":"e","s":"c42","n":10233,"k":"post.published","id":8123,"v":1,"html":"…","aux":{…}}
        One event. n is always the cursor + 1. `html` is the whole fragment of object `id` at version `v`,
        whatever `k` says: replace it when v is greater than the one shown, insert it when it is unknown and
        belongs to the page, ignore it otherwise. A frame without html only advances n (a later one carries
        the newer state), unless `k` needs an act: read {"aux":{"s":"c42","n":…,"read_posts":…}} and notified
        (both as in announce_inbox.py) · reacted {"aux":{"post":id,"stamp":…,"on":true}} · membership.changed
        {"id":channel,"aux":{"channel":id,"on":true}} · channel.changed · channels.changed · member.changed
        {"id":member}. A reply is post.published with aux {"root":id}, and "in_channel":true when it stands in
        the channel as well and counts there; the changed summary of its root follows as post.replied with the
        root's id and html. A removed post comes with the html of its trace.
b       {"t":"b","s":"c42","from":10230,"to":10260,"e":[{"k":…,"id":…,"v":…,"html":…,"aux":…}, …]}
        Catch-up: stands for the numbers from+1 … to, the latest state of each object once, in the order of
        their last change; k is post.published where the object is new in this range. from is always the
        cursor.
live    {"t":"live"}                 Every cursor is level with its head.
u       {"t":"u","s":"c42","c":4103} The channel's posts count now, to members who are not looking at it.
eph     {"t":"eph","s":"c42","k":"typing","m":7,"name":"田中"}
        To those who look at the channel. Not numbered, not kept; the first to be dropped when it is too much.
lag     {"t":"lag"}                  The connection fell behind; e or b frames from the cursors, then live.
gone    {"t":"gone","s":"c42"}       No access (any more), or no such channel: drop the copy and the focus.
reset   {"t":"reset","s":"c42","head":10233}
        The history cannot be replayed from the cursor: fetch the page again, take its number as the cursor.
        The next event of the stream is head + 1; what is not above the new cursor is dropped as usual. As the
        page may be newer than `head`, a b that begins below the new cursor and ends above it is no hole.
bye     {"t":"bye","after":12000}    The server will close (1012); come back after so many milliseconds.
pong    {"t":"pong","i":9}
hb      {"t":"hb"}                   On a streamed answer only: a sign of life.
closed  {"t":"closed","code":4403}   On a streamed answer only: its last line.

Close codes: 1012 restart · 4400 protocol · 4401 log in again · 4403 suspended, revoked or logged out · 4408
too slow · 4409 replaced by a newer connection of the same member · 4429 slow down. Before the handshake is
accepted: 401, 403 (origin, revoked), 503 with Retry-After (browsers show these as 1006).
"""
