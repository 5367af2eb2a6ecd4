"""Small pages that belong to no app."""

from __future__ import annotations

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView


class NotYetView(LoginRequiredMixin, TemplateView):
    """Says plainly that a part of the programme is not opened in this installation, and what is."""

    template_name = "core/not_yet.html"
    title = ""
    scope = ""
    extra_context = None

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """`title` and `scope` (what the part will hold)."""
        return super().get_context_data(title=self.title, scope=self.scope, **kwargs)


class PrivacyView(TemplateView):
    """隐私与保密说明."""

    template_name = "core/privacy.html"


@require_POST
def toggle_elder(request: HttpRequest) -> HttpResponse:
    """长者模式 on or off for this session; returns to the page it was pressed on."""
    request.session["elder"] = not request.session.get("elder")
    back = request.POST.get("next", "/")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")
