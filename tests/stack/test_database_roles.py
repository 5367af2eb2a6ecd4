"""The three database roles, as the product and the tests get them."""

import pytest
from django.db import ProgrammingError, connection


def current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_suite_connects_as_owner():
    assert current_role() == "yitong_owner"


@pytest.mark.usefixtures("app_role")
def test_application_role_makes_no_tables():
    assert current_role() == "yitong_app"
    with (
        pytest.raises(ProgrammingError, match="permission denied for schema public"),
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE intruder (id int)")
