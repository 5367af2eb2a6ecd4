"""Addresses under /reports/: the indicator library."""

from django.urls import path

from reports.views import data_own, library, library_sheet, library_writing

urlpatterns = [
    path("elements/", library.ElementList.as_view(), name="elements"),
    path("elements/add/", library_writing.ElementAdd.as_view(), name="element_add"),
    path("elements/import/", library_sheet.Upload.as_view(), name="elements_import"),
    path("elements/import/<int:pk>/", library_sheet.Checked.as_view(), name="elements_import_check"),
    path(
        "elements/import/<int:pk>/confirm/", library_sheet.Confirm.as_view(), name="elements_import_confirm"
    ),
    path("elements/<int:pk>/", library.ElementPage.as_view(), name="element"),
    path("elements/<int:pk>/edit/", library_writing.ElementEdit.as_view(), name="element_edit"),
    path("elements/<int:pk>/revise/", library_writing.ElementRevise.as_view(), name="element_revise"),
    path("elements/<int:pk>/values/", data_own.ElementValues.as_view(), name="element_values"),
    path("elements/<int:pk>/<slug:step>/", library.ElementStep.as_view(), name="element_step"),
]
