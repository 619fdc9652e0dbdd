"""Middleware of the benchmark site: on request, an answer's SQL statements and bytes instead of it."""

import gzip

from django.db import connection
from django.http import JsonResponse
from django.test.utils import CaptureQueriesContext


def tell_statements(get_response):
    """With the header X-Bench a request is answered in full, then told as JSON; others pass untouched."""

    def answer(request):
        if "HTTP_X_BENCH" not in request.META:
            return get_response(request)
        with CaptureQueriesContext(connection) as captured:
            response = get_response(request)
        return JsonResponse(
            {
                "statements": [query["sql"] for query in captured.captured_queries],
                "status": response.status_code,
                "bytes": len(response.content),
                "gzip": len(gzip.compress(response.content, 6)),
                "body": response.content.decode(),
            }
        )

    return answer
