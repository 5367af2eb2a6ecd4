"""The first page of every role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.contrib.auth.decorators import login_required

from core import clock
from monitoring.services import workbench as service
from reports.views import village


@login_required
def workbench(request: HttpRequest) -> HttpResponse:
    """待办事项: a village sees its month, everybody else one list in four tabs."""
    user = request.user
    if user.may_anywhere("reports.fill"):  # type: ignore[union-attr]
        return village.month(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in dict(service.TABS) else "todo"
    items = service.todo(user)  # type: ignore[arg-type]
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
        ],
        "items": {
            "todo": lambda: items,
            "mine": lambda: service.mine(user),
            "closed": lambda: service.closed(user),
        }.get(  # type: ignore[arg-type]
            tab, list
        )(),
        "entries": service.done(user) if tab == "done" else [],  # type: ignore[arg-type]
        "total": len(items),
        "today": clock.today(),
    }
    return render(request, "monitoring/workbench.html", context)
