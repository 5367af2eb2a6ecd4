"""A client generated from the schema lists, filters, pages and takes a step against the running product."""

from __future__ import annotations

import enum
import importlib
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from django.core.management import call_command

from core import audit
from monitoring.reference import install_reference_data
from organization.api_auth import create_token
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def client_package(tmp_path_factory):
    """The package that openapi-python-client makes of our schema."""
    folder = tmp_path_factory.mktemp("client")
    schema = folder / "openapi.yaml"
    call_command("spectacular", file=str(schema), validate=True)
    config = folder / "config.yaml"
    config.write_text(
        "project_name_override: yitong-client\npackage_name_override: yitong_client\n", encoding="utf-8"
    )
    command = [
        str(Path(sys.executable).with_name("openapi-python-client")),
        *(
            "generate",
            "--path",
            str(schema),
            "--config",
            str(config),
            "--output-path",
            str(folder / "out"),
            "--meta",
            "none",
        ),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    (folder / "out").rename(folder / "yitong_client")
    yield importlib.import_module("yitong_client")
    sys.path.remove(str(folder))


def test_generated_client_reads_and_steps(client_package, live_server):
    install_reference_data()
    county = make.county()
    form = make.form(
        "救助月报", county.minzheng, [make.element("低保户数", county.minzheng)], county.villages
    )
    rows = [make.assignment(form, unit) for unit in county.villages]
    with audit.act(audit.SYSTEM):
        type(rows[0]).objects.filter(pk=rows[0].pk).update(state="submitted")
    token = create_token(user=make.person("township", county.yitong), days=1, actor=audit.SYSTEM)
    client = client_package.AuthenticatedClient(base_url=live_server.url, token=token)
    listing = importlib.import_module("yitong_client.api.assignments.assignments_list")
    approve = importlib.import_module("yitong_client.api.assignments.assignments_approve_create")
    models = importlib.import_module("yitong_client.models")

    page = listing.sync(client=client, page_size=2)
    assert (page.count, len(page.results)) == (3, 2)
    submitted = listing.sync(
        client=client, burden_month=f"{rows[0].due_on:%Y-%m}", state=_enum(listing.sync, "submitted")
    )
    assert [row.id for row in submitted.results] == [rows[0].pk]
    done = approve.sync(
        id=rows[0].pk, client=client, body=models.StepBodyRequest(version=submitted.results[0].version)
    )
    assert done.state.value == "township_approved"


def _enum(function, value):
    """The member of the generated enum that the parameter `state` takes."""
    annotation = typing.get_type_hints(function, vars(importlib.import_module(function.__module__)))["state"]
    kind = next(
        part for part in typing.get_args(annotation) if isinstance(part, type) and issubclass(part, enum.Enum)
    )
    return kind(value)
