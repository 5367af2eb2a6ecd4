"""Health of one container: `web` asks /healthz, `worker` and `beat` ask /readyz for the age of their heartbeat.

Exit code 0 when healthy. Standard library only.
"""

import json
import os
import sys
import urllib.error
import urllib.request

PORT = os.environ.get("PORT", "8000")


def ask(address: str) -> tuple[int, bytes]:
    """Status and body of an answer, whatever the status. The proxy's headers are set as nginx would."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    request = urllib.request.Request(address, headers={"Host": host, "X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def healthy(part: str) -> bool:
    """Whether `part` ("web", "worker", "beat") is well."""
    try:
        if part == "web":
            return ask(f"http://127.0.0.1:{PORT}/healthz")[0] == 200
        body = ask(f"http://web:{PORT}/readyz")[1]
        return bool(json.loads(body).get(part, {}).get("ok"))
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(0 if healthy(sys.argv[1]) else 1)
