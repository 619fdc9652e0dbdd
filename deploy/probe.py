"""The containers' health check: asks one address of this container as the proxy would."""

import os
import sys
import urllib.request

request = urllib.request.Request(
    f"http://127.0.0.1:8000{sys.argv[1]}",
    headers={"Host": os.environ["ALLOWED_HOSTS"].split(",")[0], "X-Forwarded-Proto": "https"},
)
urllib.request.urlopen(request, timeout=4).close()  # noqa: S310 (the scheme is written above)
