"""The container's health check: does the web server answer /healthz? Sends a host name the portal accepts."""

import os
import sys
import urllib.request

host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz", headers={"Host": host})
with urllib.request.urlopen(request, timeout=4) as answer:
    sys.exit(0 if answer.status == 200 else 1)
