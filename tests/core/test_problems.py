"""JSON in strictly, problems out: what is ambiguous is refused with a Chinese sentence, never a 500."""

import gzip
import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core import problems
from core.api import DEEPEST, StrictJSONParser
from core.errors import Invalid, NotAllowed, RuleRefused, Stale, TooMany, WrongState
from core.limits import Door, Finding


def parsed(body: bytes, media: str = "application/json"):
    return StrictJSONParser().parse(io.BytesIO(body), media)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"村名": "二道村", "n": 1.5, "e": null}', {"村名": "二道村", "n": 1.5, "e": None}),
        ("[1, 2]", [1, 2]),
        ('{"text": "[[[[{{{{ \\" ]]"}', {"text": '[[[[{{{{ " ]]'}),
        ("[" * DEEPEST + "]" * DEEPEST, json.loads("[" * DEEPEST + "]" * DEEPEST)),
    ],
)
def test_plain_body_is_read(body, value):
    assert parsed(body.encode()) == value


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"n": 1, "n": 2}', "内容不是有效的 JSON。"),
        (b'{"a": {"n": 1, "n": 1}}', "内容不是有效的 JSON。"),
        (b'{"n": NaN}', "内容不是有效的 JSON。"),
        (b'{"n": Infinity}', "内容不是有效的 JSON。"),
        (b'{"n": -Infinity}', "内容不是有效的 JSON。"),
        (b'{"n": 1e400}', "内容不是有效的 JSON。"),
        (b'{"a\\u0000": 1}', "内容不是有效的 JSON。"),
        (b"{'n': 1}", "内容不是有效的 JSON。"),
        (b'{"n": 1} {"n": 2}', "内容不是有效的 JSON。"),
        (b"", "内容不是有效的 JSON。"),
        (b'\xef\xbb\xbf{"n": 1}', "内容不是有效的 JSON。"),
        (b'{"n": ' + b"9" * 5000 + b"}", "内容不是有效的 JSON。"),
        ('{"村": 1}'.encode("gb18030"), "内容不是 UTF-8 编码。"),
        ('{"村": 1}'.encode("utf-16"), "内容不是 UTF-8 编码。"),
        (gzip.compress(b'{"n": 1}', mtime=0), "内容不是 UTF-8 编码。"),
        (b"[" * 100_000, "内容嵌套过深。"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "内容嵌套过深。"),
    ],
)
def test_ambiguous_body_is_refused(body, sentence):
    with pytest.raises(ParseError) as refused:
        parsed(body)
    assert (refused.value.status_code, str(refused.value.detail)) == (400, sentence)


def test_other_charset_than_utf8_is_refused():
    with pytest.raises(UnsupportedMediaType) as refused:
        parsed('{"村": 1}'.encode("gbk"), "application/json; charset=gbk")
    assert (refused.value.status_code, str(refused.value.detail)) == (415, "内容编码须为 UTF-8。")
    assert parsed(b'{"n": 1}', 'application/json; charset="UTF-8"') == {"n": 1}


def answered(error: Exception) -> tuple[int, dict]:
    request = Request(APIRequestFactory().get("/"))
    answer = problems.handler(error, {"request": request, "view": None})
    assert answer is not None
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.data


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (Http404(), 404, "not_found", "未找到，或不在您的管理范围内。"),
        (PermissionDenied(), 403, "permission_denied", "您没有办理此事项的权限。"),
        (NotAllowed("您没有办理此事项的权限。"), 403, "not_allowed", "您没有办理此事项的权限。"),
        (WrongState("当前为“草稿”，不能报送。"), 409, "wrong_state", "当前为“草稿”，不能报送。"),
        (TooMany("操作过于频繁，请稍后再试。"), 429, "too_many", "操作过于频繁，请稍后再试。"),
        (ParseError("内容嵌套过深。"), 400, "parse_error", "内容嵌套过深。"),
    ],
)
def test_every_refusal_is_a_problem_with_its_sentence(error, status, code, detail):
    got, body = answered(error)
    assert (got, body["status"], body["code"], body["detail"]) == (status, status, code, detail)
    assert body["title"] == problems.TITLES[status]
    assert body["type"] == f"/problems/{code}"


def test_stale_answer_shows_present_values():
    status, body = answered(Stale(current={"name": "低保人数"}))
    assert (status, body["current"]) == (409, {"name": "低保人数"})


def test_invalid_answer_names_its_fields():
    status, body = answered(Invalid("请写明退回修改的理由。", field="reason"))
    assert (status, body["errors"]) == (
        400,
        [{"field": "reason", "message": "请写明退回修改的理由。", "code": "invalid"}],
    )


def test_rule_answer_gives_text_source_and_doors():
    hard = Finding(
        "reports.duplicate",
        "hard",
        "与在用报表重复 85%。",
        "85%",
        "80%",
        "县制度",
        "重复的驳回。",
        (Door("并入"),),
    )
    soft = Finding("reports.minutes", "soft", "用时较长。", "90", "60", "县制度", "一般不超过。")
    status, body = answered(RuleRefused([hard, soft]))
    assert (status, body["code"], body["doors"]) == (422, "reports.duplicate", ["并入"])
    assert body["rule"] == {
        "code": "reports.duplicate",
        "text": "重复的驳回。",
        "source": "县制度",
        "strength": "hard",
    }
    assert [(row["field"], row["code"]) for row in body["errors"]] == [
        ("reasons.reports.duplicate", "hard"),
        ("reasons.reports.minutes", "soft"),
    ]


def test_nested_validation_names_the_path():
    status, body = answered(exceptions.ValidationError({"rows": [{}, {"value": ["请输入整数。"]}]}))
    assert (status, body["detail"]) == (400, "请输入整数。")
    assert body["errors"] == [{"field": "rows.1.value", "message": "请输入整数。", "code": "invalid"}]


def test_fault_of_the_program_is_not_dressed_as_refusal():
    request = Request(APIRequestFactory().get("/"))
    assert problems.handler(ZeroDivisionError(), {"request": request, "view": None}) is None
