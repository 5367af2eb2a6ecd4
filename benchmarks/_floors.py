"""The floors of the pages: plain signed-in Django views, as their own URLconf."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template import engines
from django.urls import path

from core.models import Bucket
from reports.models import Value

PAGE = """<!doctype html><html lang="zh-CN"><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1><p>{{ total }}</p>
<table>{% for row in rows %}<tr data-filler="{{ filler }}"><td><a href="/x/{{ row.pk }}/">{{ row.unit.parent.name }}</a></td>
<td>{{ row.unit.name }}</td><td>{{ row.element.name }}</td><td>{{ row.number }}</td><td>{{ row.at|date:"Y-m-d H:i" }}</td>
<td>{{ row.element_version.n }}</td></tr>{% endfor %}</table></body></html>"""
FILLER = "x" * 850
"""Brings the page to about 54 KB."""


class Four(forms.Form):
    """A form of four fields."""

    a = forms.IntegerField()
    b = forms.IntegerField()
    c = forms.CharField()
    d = forms.DateField()


class OwnAddresses:
    """These pages for this client alone, so that nobody's URLconf is built anew between two requests."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.urlconf = "benchmarks._floors"
        return self.get_response(request)


@login_required
def rows(request):
    """Session, user, count, one query with three joins for 50 rows."""
    found = Value.objects.filter(element_id=request.GET["element"], period=request.GET["period"])
    page = found.select_related("unit__parent", "element", "element_version").order_by(
        "unit__order_no", "pk"
    )[:50]
    template = engines["django"].from_string(PAGE)
    words = {"title": "清单", "rows": page, "total": found.count(), "filler": FILLER}
    return HttpResponse(template.render(words))


@login_required
def four(request):
    """A page with a form of four fields."""
    template = engines["django"].from_string(
        '<!doctype html><html><body><form method="post"><input type="hidden" value="{{ token }}">{{ form.as_p }}</form></body></html>'
    )
    return HttpResponse(template.render({"form": Four(), "token": get_token(request)}))


@login_required
def one_row(request):
    """A POST that updates one row."""
    Bucket.objects.filter(pk="bench").update(tokens=float(request.POST["value"]))
    return JsonResponse({"ok": True})


urlpatterns = [path("rows/", rows), path("four/", four), path("one/", one_row)]
