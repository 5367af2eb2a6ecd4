"""What beat sends exists under its name, takes what it is given, and everything scheduled is safe to repeat."""

import importlib
import inspect

import pytest
from celery.schedules import crontab
from django.apps import apps

from yitong_gov.celery import app
from yitong_gov.schedule import BEAT_SCHEDULE


def registered() -> set[str]:
    """Tasks of the product, by name."""
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


@pytest.mark.parametrize("entry", sorted(BEAT_SCHEDULE))
def test_entry_names_a_task_and_binds_its_arguments(entry):
    row = BEAT_SCHEDULE[entry]
    assert row["task"] in registered()
    function = app.tasks[row["task"]].run
    inspect.signature(function).bind(*row.get("args", ()), **row.get("kwargs", {}))


@pytest.mark.parametrize("entry", sorted(BEAT_SCHEDULE))
def test_entry_has_a_time_that_comes(entry):
    when = BEAT_SCHEDULE[entry]["schedule"]
    assert isinstance(when, crontab) or (isinstance(when, float) and 5 <= when <= 3600)


@pytest.mark.parametrize("name", sorted(registered()))
def test_task_is_named_by_its_app_and_described(name):
    task = app.tasks[name]
    assert name.split(".")[0] == task.__module__.split(".")[0]
    assert (task.__doc__ or "").strip().endswith(".")


def test_every_job_kind_has_its_handler_imported_with_the_worker():
    from core.jobs import HANDLERS

    for config in apps.get_app_configs():
        if importlib.util.find_spec(f"{config.name}.tasks"):
            importlib.import_module(f"{config.name}.tasks")
    assert len(HANDLERS) >= 1


def test_frequent_entries_expire_before_they_pile_up():
    for name, row in BEAT_SCHEDULE.items():
        if isinstance(row["schedule"], float):
            assert row["options"]["expires"] <= max(60, row["schedule"]), name
