"""Addresses under /reports/: what was collected."""

from django.urls import path

from reports.views import data, data_own

urlpatterns = [
    path("forms/<int:pk>/data/", data.FormData.as_view(), name="form_data"),
    path("forms/<int:pk>/data/accept/", data.FormDataAccept.as_view(), name="form_data_accept"),
    path("forms/<int:pk>/data/print/", data.FormDataPrint.as_view(), name="form_data_print"),
    path("forms/<int:pk>/data/template/", data.PaperTemplate.as_view(), name="form_paper"),
    path("my-data/", data_own.MyData.as_view(), name="my_data"),
    path("my-data/months/", data_own.MyMonths.as_view(), name="my_data_months"),
    path(
        "values/<int:element>/<int:unit>/<str:period>/history/",
        data_own.ValueHistory.as_view(),
        name="value_changes",
    ),
]
