"""The first page of every role."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from monitoring.services import workbench as service
from organization.signed_in import person_of
from reports.views import village


@login_required
def workbench(request: HttpRequest) -> HttpResponse:
    """待办事项: a village sees its month, everybody else one list in four tabs."""
    user = person_of(request)
    if user.may_anywhere("reports.fill"):
        return village.month(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in dict(service.TABS) else "todo"
    items = service.todo(user)
    lists: dict[str, Callable[[], list[service.Item]]] = {
        "todo": lambda: items,
        "mine": lambda: service.mine(user),
        "closed": lambda: service.closed(user),
    }
    shown = lists.get(tab, list)
    context = {
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "url": f"?tab={name}",
                "current": name == tab,
                "count": len(items) if name == "todo" else None,
            }
            for name, label in service.TABS
            if name not in service.OF_FORMS or user.may_anywhere("reports.view_forms")
        ],
        "items": shown(),
        "entries": service.done(user) if tab == "done" else [],
        "total": len(items),
        "links": service.links(user),
        "today": clock.today(),
    }
    return render(request, "monitoring/workbench.html", context)
