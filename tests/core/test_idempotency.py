"""A double click, a retry, a replay: exactly one effect, the first answer again, another body refused."""

import json
import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.test import RequestFactory

from core import idempotency
from core.idempotency import IdempotencyMiddleware
from core.models import Idempotency, Series

KEY = "0d9f2a3c-0000-4000-8000-000000000001"
REUSED = "同一提交编号的内容不同，未作任何改动，请刷新页面后重试。"
View = Callable[[HttpRequest], HttpResponse]


class Somebody:
    """A signed-in actor as far as the middleware asks."""

    is_authenticated = True

    def __init__(self, pk: int) -> None:
        self.pk = pk


def effect(request: HttpRequest) -> HttpResponse:
    """One row for each run; its answer tells which."""
    row = Series.objects.create(code="效", year=2000 + Series.objects.count())
    return HttpResponse(f"第 {row.pk} 号", status=201)


def post(
    view: View = effect, *, key: str = KEY, body: dict[str, str] | None = None, who: int | None = 1
) -> HttpResponse:
    request = RequestFactory().post(
        "/api/v1/things/", json.dumps(body or {"n": "1"}), content_type="application/json"
    )
    return send(request, view, key=key, who=who)


def send(request: HttpRequest, view: View, *, key: str, who: int | None) -> HttpResponse:
    request.META["HTTP_IDEMPOTENCY_KEY"] = key
    request.user = Somebody(who) if who else AnonymousUser()
    return IdempotencyMiddleware(view)(request)


@pytest.mark.django_db
def test_second_request_gets_the_first_answer():
    first, second = post(), post()
    assert Series.objects.count() == 1
    assert (second.status_code, second.content) == (201, first.content)
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first


@pytest.mark.django_db
def test_without_a_key_each_request_counts():
    post(key="")
    post(key="")
    assert Series.objects.count() == 2
    assert Idempotency.objects.count() == 0


@pytest.mark.django_db
def test_same_key_with_another_body_is_refused():
    post(body={"n": "1"})
    refused = post(body={"n": "2"})
    assert (refused.status_code, json.loads(refused.content)["code"]) == (409, "key_reused")
    assert json.loads(refused.content)["detail"] == REUSED
    assert Series.objects.count() == 1


@pytest.mark.django_db
def test_same_key_at_another_address_is_refused():
    post()
    other = RequestFactory().post("/api/v1/others/", '{"n": "1"}', content_type="application/json")
    assert send(other, effect, key=KEY, who=1).status_code == 409
    assert Series.objects.count() == 1


@pytest.mark.django_db
def test_same_key_of_another_person_is_another_key():
    post(who=1)
    post(who=2)
    assert Series.objects.count() == 2


@pytest.mark.django_db
def test_refused_request_leaves_nothing_and_may_be_corrected():
    def refuse(request: HttpRequest) -> HttpResponse:
        effect(request)
        return HttpResponse("不行", status=422)

    assert post(refuse).status_code == 422
    assert (Series.objects.count(), Idempotency.objects.count()) == (0, 0)
    assert post(body={"n": "2"}).status_code == 201
    assert Series.objects.count() == 1


@pytest.mark.django_db
def test_view_that_fails_leaves_nothing():
    def fail(request: HttpRequest) -> HttpResponse:
        effect(request)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post(fail)
    assert (Series.objects.count(), Idempotency.objects.count()) == (0, 0)
    assert post().status_code == 201


@pytest.mark.django_db
def test_redirect_is_replayed_with_its_target():
    def go(request: HttpRequest) -> HttpResponse:
        effect(request)
        return HttpResponseRedirect("/reports/12/")

    assert post(go)["Location"] == "/reports/12/"
    again = post(go)
    assert (again.status_code, again["Location"], Series.objects.count()) == (302, "/reports/12/", 1)


@pytest.mark.django_db
def test_streamed_answer_keeps_no_effect():
    def stream(request: HttpRequest) -> StreamingHttpResponse:
        effect(request)
        return StreamingHttpResponse(iter([b"1"]))

    post(stream)
    assert (Series.objects.count(), Idempotency.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_reading_needs_no_key():
    request = RequestFactory().get("/")
    assert send(request, lambda _: HttpResponse("好"), key=KEY, who=1).content == "好".encode()
    assert Idempotency.objects.count() == 0


@pytest.mark.django_db
def test_anonymous_request_stores_no_key():
    post(who=None)
    assert (Series.objects.count(), Idempotency.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_page_form_carries_its_key_in_a_hidden_field():
    def press(csrf: str, value: str) -> HttpResponse:
        request = RequestFactory().post("/api/x/", {"_key": KEY, "csrfmiddlewaretoken": csrf, "v": value})
        return send(request, effect, key="", who=1)

    press("a", "1")
    assert press("b", "1")["Idempotency-Replayed"] == "true"
    assert press("c", "2").status_code == 409
    assert Series.objects.count() == 1


def test_uploaded_file_belongs_to_the_body():
    def digest(name: str, size: int) -> str:
        file = SimpleUploadedFile(name, b"1" * size)
        return idempotency.body_hash(RequestFactory().post("/x/", {"file": file, "v": "1"}))

    assert digest("a.xlsx", 3) == digest("a.xlsx", 3)
    assert len({digest("a.xlsx", 3), digest("b.xlsx", 3), digest("a.xlsx", 4)}) == 3


def race(view: View, middleware: type = IdempotencyMiddleware, *, threads: int = 6) -> list[str]:
    """The same request from several threads at a barrier; the bodies answered."""
    barrier = threading.Barrier(threads)
    answers: list[str] = []

    def one() -> None:
        try:
            request = RequestFactory().post("/x/", "{}", content_type="application/json")
            request.META["HTTP_IDEMPOTENCY_KEY"] = KEY
            request.user = Somebody(1)
            barrier.wait(30)
            answers.append(middleware(view)(request).content.decode())
        finally:
            connection.close()

    running = [threading.Thread(target=one) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return answers


numbered = threading.Lock()


def racing_effect(request: HttpRequest) -> HttpResponse:
    with numbered:
        row = Series.objects.create(code="效", year=threading.get_ident() % 30000)
    return HttpResponse(str(row.pk))


@pytest.mark.django_db(transaction=True)
def test_six_clicks_at_once_have_one_effect():
    answers = race(racing_effect)
    assert len(answers) == 6
    assert set(answers) == {str(Series.objects.get().pk)}


@pytest.mark.django_db(transaction=True)
def test_without_the_stored_key_six_clicks_have_six_effects():
    """Negative control: the same race past the middleware."""

    class Bare:
        def __init__(self, view: View) -> None:
            self.view = view

        def __call__(self, request: HttpRequest) -> HttpResponse:
            return self.view(request)

    assert len(set(race(racing_effect, Bare))) == 6
    assert Series.objects.count() == 6
