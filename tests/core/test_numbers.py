"""Numbers, dates and text that people type: understood on a page, refused in a sheet, never guessed."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core import dates, numbers, text


@pytest.mark.parametrize(
    ("typed", "unit", "value", "reading"),
    [
        ("12", "", 12, ""),
        ("1.2万", "", 12000, "1.2万 = 12,000"),
        ("1.2万", "人", 12000, "1.2万 = 12,000 人"),
        ("１２３", "", 123, "１２３ = 123"),
        ("1,234", "", 1234, ""),
        ("1，234", "户", 1234, "1，234 = 1,234 户"),
        ("3 户", "户", 3, "3 户 = 3 户"),
        ("－5", "", -5, "－5 = -5"),
        ("-0", "", 0, ""),
    ],
)
def test_page_field_shows_what_it_understood(typed, unit, value, reading):
    read = numbers.read_typed(typed, unit=unit)
    assert (read.value, read.text) == (Decimal(value), reading)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "约50",
        "1_000",
        "²a",
        "٣",
        "一百二",
        "12%",
        "1,23",
        "--1",
        "NaN",
        "1e5",
        "Infinity",
        "1.2.3",
        "9" * 5000,
    ],
)
def test_neither_page_nor_sheet_guesses(typed):
    with pytest.raises(numbers.BadNumber):
        numbers.read_typed(typed)
    with pytest.raises(numbers.BadNumber):
        numbers.read_strict(typed)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, True])
def test_strict_refuses_what_is_no_number(value):
    with pytest.raises(numbers.BadNumber):
        numbers.read_strict(value, decimals=2)


@pytest.mark.parametrize("value", ["1.2万", "１２", "1,234", "3户"])
def test_strict_refuses_what_a_page_understands(value):
    assert numbers.read_typed(value, unit="户").value > 0
    with pytest.raises(numbers.BadNumber):
        numbers.read_strict(value)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_plain_decimals_read_alike_everywhere(value):
    written = format(value, "f")
    assert numbers.read_strict(written, decimals=2) == value
    assert numbers.read_typed(written, decimals=2).value == value
    assert numbers.read_typed(numbers.written(value), decimals=2).value == value


def _outcome(read, value, refusal):
    """ "read", "refused" with a whole sentence, or the odd sentence."""
    try:
        read(value)
    except refusal as refused:
        return "refused" if str(refused).endswith("。") else str(refused)
    return "read"


@given(st.text(max_size=40))
def test_any_text_is_number_or_refusal(value):
    for read in (numbers.read_typed, numbers.read_strict):
        assert _outcome(read, value, numbers.BadNumber) in {"read", "refused"}


@given(st.dates(min_value=dates.FIRST, max_value=dates.LAST))
def test_every_accepted_form_gives_same_day(day):
    y, m, d = day.year, day.month, day.day
    forms = [
        f"{y}-{m}-{d}",
        f"{y}/{m}/{d}",
        f"{y}.{m}.{d}",
        f"{y}年{m}月{d}日",
        f"{y}{m:02}{d:02}",
        day.isoformat(),
    ]
    assert {dates.read_cell(form) for form in forms} == {day}
    assert dates.read_cell((day - dates.EPOCH).days) == day


@pytest.mark.parametrize(
    "typed",
    [
        "7/1/25",
        "25-7-1",
        "2025-02-29",
        "0001-01-01",
        "9999-12-31",
        "2025-W27-1",
        "上月",
        "腊月初八",
        "2025-7",
        "２０２５",
        "",
    ],
)
def test_other_dates_are_refused(typed):
    with pytest.raises(dates.BadDate):
        dates.read_date(typed)


@given(st.text(max_size=60))
def test_any_text_is_date_or_refusal(value):
    assert _outcome(dates.read_date, value, dates.BadDate) in {"read", "refused"}


@given(st.text(alphabet=st.characters(), max_size=60))
def test_cleaning_twice_changes_nothing(value):
    for cleaned in (text.clean, text.clean_line, text.clean_name):
        try:
            once = cleaned(value)
        except text.BadText:
            continue
        assert cleaned(once) == once
        once.encode()


@pytest.mark.parametrize("value", ["a\0b", "a\ud800b", "a\x1bb", "z" + "\u0301" * 20])
def test_unstorable_text_refused_by_shared_validator(value):
    with pytest.raises(ValidationError):
        text.validate_text(value)


@pytest.mark.parametrize("value", ["𠮷䶮", "👍🏽", "=1+1", "<script>", "葛\U000e0100", "é"])
def test_rare_text_passes_the_validator(value):
    text.validate_text(value)


def test_names_are_folded_codes_are_not_repaired():
    assert text.clean_name("　二 道\u200b村 ") == "二道村"
    assert text.clean_name("⼆道镇") == "二道镇"
    assert text.clean_code("２２０３２３") == "220323"
    for bad in ("2203\u200b23", "2203 23", "'220323", ""):
        with pytest.raises(text.BadText):
            text.clean_code(bad)


def test_uploaded_name_is_shown_harmless():
    assert text.display_name("../../a\r\n\u202egpj.xlsx") == "agpj.xlsx"
    assert text.display_name("表" * 300 + ".xlsx").endswith("….xlsx")
    assert len(text.display_name("表" * 300 + ".xlsx")) == 120
    assert text.display_name("\0/") == "未命名文件"
