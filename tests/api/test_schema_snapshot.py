"""docs/openapi.yaml is the schema as it is served: integrators see each change in the diff."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


def test_schema_is_the_one_kept_in_docs(tmp_path):
    drawn = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(drawn), validate=True, stdout=StringIO())
    assert drawn.read_text(encoding="utf-8") == SNAPSHOT.read_text(encoding="utf-8"), (
        '接口已变：make manage ARGS="spectacular --file docs/openapi.yaml" 后一并提交'
    )
