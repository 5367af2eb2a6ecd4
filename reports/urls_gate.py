"""Addresses under /reports/: the register, requests and their decisions."""

from django.urls import path

from reports.views import gate_decision, gate_forms, gate_lists, gate_request, gate_stock

urlpatterns = [
    path("", gate_lists.Register.as_view(), name="home"),
    path("check-number/", gate_forms.CheckNumber.as_view(), name="check_number"),
    path("forms/<int:pk>/", gate_forms.FormPage.as_view(), name="form"),
    path("forms/<int:pk>/step/<slug:step>/", gate_forms.FormStep.as_view(), name="form_step"),
    path("requests/", gate_lists.Requests.as_view(), name="requests"),
    path("requests/add/", gate_request.RequestAdd.as_view(), name="request_add"),
    path("requests/urgent/", gate_request.Urgent.as_view(), name="request_urgent"),
    path("requests/picker/", gate_request.RequestPicker.as_view(), name="request_picker"),
    path("requests/beside/", gate_request.RequestBeside.as_view(), name="request_beside"),
    path("requests/stock/", gate_stock.Stock.as_view(), name="stock"),
    path("requests/stock/number/", gate_stock.StockNumber.as_view(), name="stock_number"),
    path("requests/<int:pk>/", gate_decision.RequestPage.as_view(), name="request"),
    path("requests/<int:pk>/edit/", gate_request.RequestEdit.as_view(), name="request_edit"),
    path("requests/<int:pk>/what-if/", gate_decision.RequestWhatIf.as_view(), name="request_what_if"),
    path("requests/<int:pk>/notice/", gate_decision.RequestNotice.as_view(), name="request_notice"),
    path("requests/<int:pk>/<slug:step>/", gate_decision.RequestStep.as_view(), name="request_step"),
]
