"""What a filter shows before anything is chosen."""

import django_filters
import pytest

from core.filters import YesNoFilter
from organization.models import Posting

pytestmark = pytest.mark.django_db


class PostingFilter(django_filters.FilterSet):
    """One of each kind that has an empty choice."""

    role = django_filters.ChoiceFilter(label="角色", choices=[("dgb", "县政数局")])
    unit = django_filters.ModelChoiceFilter(
        label="单位", queryset=Posting.unit.field.related_model.objects.none()
    )
    waiting = YesNoFilter(label="待授权", field_name="granted_by", lookup_expr="isnull")

    class Meta:
        model = Posting
        fields: list[str] = []


@pytest.mark.parametrize("name", ["role", "unit", "waiting"])
def test_nothing_chosen_is_called_all(name):
    shown = str(PostingFilter({}, queryset=Posting.objects.all()).form[name])
    assert ">全部</option>" in shown
    assert "---" not in shown
    assert "未知" not in shown


@pytest.mark.parametrize(("asked", "sql"), [("true", "IS NULL"), ("false", "IS NOT NULL"), ("unknown", "")])
def test_yes_no_filter_filters_by_its_answer(asked, sql):
    rows = PostingFilter({"waiting": asked}, queryset=Posting.objects.all()).qs
    where = str(rows.query).partition("WHERE")[2]
    assert (sql in where) if sql else where == ""
