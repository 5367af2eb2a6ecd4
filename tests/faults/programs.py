"""Python run against private servers in a process of its own, so that it can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tools.stack.places import ROOT

HEAD = "import django; django.setup()\nimport json, sys\n"


def start(code: str, environment: Mapping[str, str], **more: str) -> subprocess.Popen[str]:
    """Start a program; its last line of output is its answer."""
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + code],
        env={**environment, "DJANGO_SETTINGS_MODULE": "yitong_gov.settings", **more},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(code: str, environment: Mapping[str, str], **more: str) -> Any:
    """Run a program to its end and read the JSON of its last line."""
    process = start(code, environment, **more)
    printed, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors[-3000:]
    return json.loads(printed.strip().splitlines()[-1]) if printed.strip() else None
