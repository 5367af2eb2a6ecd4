"""Lists: one column list serves page, export and API documentation; one FilterSet serves the three."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_filters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import urlencode
from django.views.generic import View
from django.views.generic.base import ContextMixin, TemplateResponseMixin

from core import clock
from core.audit import Who
from core.downloads import csv_lines, watermark, workbook
from core.sheets.writer import write_rows

PER_PAGE = 50
MOST_EXPORTED = 200_000


@dataclass(frozen=True)
class Column:
    """One column: header, how a row gives its text, and how it looks.

    `value` is a dotted attribute path or a function of the row; `sort` the ordering field; `tone` a function that
    names the status colour; `code` keeps digits as text in exports.
    """

    key: str
    label: str
    value: str | Callable[[Any], Any]
    align: str = ""
    sort: str = ""
    url: Callable[[Any], str] | None = None
    tone: Callable[[Any], str] | None = None
    code: bool = False
    export_only: bool = False

    def of(self, row: Any) -> Any:
        """The raw value for a row."""
        if callable(self.value):
            return self.value(row)
        found = row
        for part in self.value.split("."):
            found = getattr(found, part, None) if found is not None else None
            if callable(found):
                found = found()
        return found


@dataclass(frozen=True)
class BulkAction:
    """A press on the selected rows; posts `pk` many times to `url`."""

    name: str
    label: str
    url: str


def text_of(value: Any) -> str:
    """A value as people read it: 是/否, ISO dates, numbers with separators, empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(clock.COUNTY):%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal):
        return plain_number(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def plain_number(value: Decimal) -> str:
    """A decimal with separators and without trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class ScopedListView(TemplateResponseMixin, ContextMixin, View):
    """Scope, filter, sort, page, export and bulk actions of one list.

    Subclasses name `columns`, `filterset_class`, `permission`, `rows(user)` (already scoped), `title`.
    Invalid filters give no rows; ordering ends in pk; the query count does not grow with the rows.
    """

    template_name = "core/list.html"
    title = ""
    columns: Sequence[Column] = ()
    filterset_class: type[django_filters.FilterSet] | None = None
    ordering: Sequence[str] = ()
    bulk_actions: Sequence[BulkAction] = ()
    export_name = "导出"
    empty_text = "暂无记录。"
    export_kinds: tuple[str, ...] = ("xlsx", "csv")

    def rows(self) -> QuerySet[Any]:
        """The scoped rows; subclasses call `Model.objects.for_user(self.request.user, permission)`."""
        raise NotImplementedError

    def filterset(self) -> django_filters.FilterSet | None:
        """The bound filter set."""
        if self.filterset_class is None:
            return None
        return self.filterset_class(self.request.GET, queryset=self.rows(), request=self.request)

    def filtered(self, filterset: django_filters.FilterSet | None) -> QuerySet[Any]:
        """Rows after filters and ordering."""
        if filterset is None:
            rows = self.rows()
        else:
            rows = filterset.qs if filterset.is_valid() else self.rows().none()
        return rows.order_by(*self.sorting(), "pk")

    def sorting(self) -> list[str]:
        """Ordering asked for in the query, if a column offers it; the view's own otherwise."""
        asked = self.request.GET.get("sort", "")
        known = {column.sort for column in self.columns if column.sort}
        return [asked] if asked.lstrip("-") in known else list(self.ordering)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Page, htmx fragment or export."""
        kind = request.GET.get("export", "")
        if kind in self.export_kinds:
            return self.export(kind)
        return self.render_to_response(self.get_context_data(**kwargs))

    def get_template_names(self) -> list[str]:
        """Only the table for an htmx request that targets it."""
        htmx = getattr(self.request, "htmx", None)
        return ["components/table.html"] if htmx and htmx.target == "table" else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`table`, `filter_form`, `export_url`, `bulk_actions`, `title`."""
        filterset = self.filterset()
        page = Paginator(self.filtered(filterset), PER_PAGE).get_page(self.request.GET.get("page"))
        shown = [column for column in self.columns if not column.export_only]
        return super().get_context_data(
            title=self.title,
            table={
                "columns": [self._head(column) for column in shown],
                "rows": [self._row(row, shown) for row in page],
                "total": page.paginator.count,
                "page": page.number,
                "pages": page.paginator.num_pages,
                "prev_url": self._url(page=page.number - 1) if page.has_previous() else "",
                "next_url": self._url(page=page.number + 1) if page.has_next() else "",
                "empty_text": self.empty_text,
            },
            filter_form=filterset.form if filterset is not None else None,
            export_url=self._url(export=self.export_kinds[0]) if self.export_kinds else "",
            csv_url=self._url(export="csv") if "csv" in self.export_kinds else "",
            bulk_actions=self.bulk_actions,
            **kwargs,
        )

    def row_url(self, row: Any) -> str:
        """Where a row opens."""
        return ""

    def _url(self, **changes: Any) -> str:
        query = {
            key: self.request.GET.getlist(key) for key in self.request.GET if key not in {"page", "export"}
        }
        query.update({key: [str(value)] for key, value in changes.items()})
        return "?" + urlencode(query, doseq=True)

    def _head(self, column: Column) -> dict[str, Any]:
        current = self.request.GET.get("sort", "")
        direction = (
            ""
            if current.lstrip("-") != column.sort or not column.sort
            else ("desc" if current.startswith("-") else "asc")
        )
        target = f"-{column.sort}" if direction == "asc" else column.sort
        return {
            "key": column.key,
            "label": column.label,
            "align": column.align,
            "sorted": direction,
            "sort_url": self._url(sort=target) if column.sort else "",
        }

    def _row(self, row: Any, columns: Sequence[Column]) -> dict[str, Any]:
        return {
            "pk": row.pk,
            "url": self.row_url(row),
            "selectable": bool(self.bulk_actions),
            "cells": [
                {
                    "text": text_of(column.of(row)),
                    "url": column.url(row) if column.url else "",
                    "tone": column.tone(row) if column.tone else "",
                    "align": column.align,
                    "label": column.label,
                }
                for column in columns
            ],
        }

    def export(self, kind: str) -> HttpResponseBase:
        """All filtered rows as a sheet or csv, with name and time of who took it in the last row."""
        rows = self.filtered(self.filterset())[:MOST_EXPORTED]
        name = f"{self.export_name or self.title}-{clock.now():%Y%m%d-%H%M}"
        return (
            as_csv(rows, self.columns, name)
            if kind == "csv"
            else as_xlsx(self.request.user.who(), rows, self.columns, name)  # type: ignore[union-attr]  # guarded pages know their person
        )


def as_csv(rows: QuerySet[Any], columns: Sequence[Column], name: str) -> StreamingHttpResponse:
    """Rows as they come from the database; text that a sheet would take for a formula gets an apostrophe."""
    return csv_lines([column.label for column in columns], cells(rows, columns), name)


def as_xlsx(who: Who, rows: QuerySet[Any], columns: Sequence[Column], name: str) -> HttpResponse:
    """Rows as a workbook written with constant memory."""
    content = write_rows(
        [column.label for column in columns],
        cells(rows, columns),
        code_columns=[i for i, column in enumerate(columns) if column.code],
        watermark=watermark(who),
        title=name,
    )
    return workbook(content, name)


def cells(rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """The raw values of each row, two thousand rows in memory at a time."""
    return ([column.of(row) for column in columns] for row in rows.iterator(2000))
