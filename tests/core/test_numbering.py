"""Numbers have no gap and no twin, whoever asks at once; a number is found however it is written."""

import datetime as dt
import time

import pytest
from django.db import transaction

from core import numbering
from core.models import NumberedItem, Series
from tests.races import race

AUTUMN = dt.date(2026, 11, 24)


def issue(on: dt.date = AUTUMN, code: str = "伊表") -> NumberedItem:
    with transaction.atomic():
        return numbering.issue(
            code,
            on=on,
            kind="form",
            title="防汛日报",
            owner_unit_id=1,
            owner="县水利局",
            until=on + dt.timedelta(days=30),
        )


@pytest.mark.django_db
@pytest.mark.row("F18")
def test_numbers_run_by_code_and_year():
    numbers = [
        issue().number,
        issue().number,
        issue(code="伊文").number,
        issue(dt.date(2027, 1, 1)).number,
        issue().number,
    ]
    assert numbers == [
        "伊表〔2026〕1号",
        "伊表〔2026〕2号",
        "伊文〔2026〕1号",
        "伊表〔2027〕1号",
        "伊表〔2026〕3号",
    ]


@pytest.mark.django_db
def test_last_day_of_validity_is_inside():
    item = issue()
    item.refresh_from_db()
    assert item.valid.lower == AUTUMN
    assert AUTUMN + dt.timedelta(days=30) in item.valid
    assert AUTUMN + dt.timedelta(days=31) not in item.valid


@pytest.mark.django_db
def test_refused_decision_leaves_no_gap():
    issue()
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - the failure comes after the number
        issue()
        raise ZeroDivisionError
    assert issue().number == "伊表〔2026〕2号"


@pytest.mark.parametrize(
    "text",
    ["伊表〔2026〕12号", " 伊表〔2026〕12号 ", "伊表[2026]12号", "伊表（2026）12号", "伊表 〔2026〕 12 号"],
)
def test_number_is_understood_however_bracketed(text):
    assert numbering.parse(text) == ("伊表", 2026, 12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "伊表〔2026〕0号",
        "伊表〔2026〕012号",
        "伊表〔3026〕1号",
        "表〔2026〕1号",
        "x" * 10_000,
    ],
)
def test_what_is_no_number_is_not_guessed(text):
    assert numbering.parse(text) is None


@pytest.mark.django_db
def test_number_is_found_as_written():
    item = issue()
    assert numbering.find("伊表[2026]1号") == item
    assert numbering.find("伊表〔2026〕2号") is None
    assert numbering.find("随便") is None


def six_times_three() -> tuple[list[int], list[str]]:
    """Six threads at a barrier, three numbers each; serials given and failures by name."""
    serials: list[int] = []
    # the negative control counts whatever goes wrong
    answers = race(*[lambda: serials.extend(issue().serial for _ in range(3))] * 6, expected=(Exception,))
    return sorted(serials), [type(each).__name__ for each in answers if isinstance(each, Exception)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.row("F18")
def test_six_at_once_get_numbers_without_gap_or_twin():
    assert six_times_three() == (list(range(1, 19)), [])
    assert Series.objects.get().next == 19


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_numbers_collide(monkeypatch):
    """Negative control: the same race with the row lock taken away meets the unique constraint."""

    def unlocked(code: str, year: int) -> Series:
        Series.objects.bulk_create([Series(code=code, year=year)], ignore_conflicts=True)
        row = Series.objects.get(code=code, year=year)
        time.sleep(0.05)
        return row

    monkeypatch.setattr(numbering, "lock", unlocked)
    serials, failures = six_times_three()
    assert serials != list(range(1, 19))
    assert set(failures) == {"IntegrityError"}


@pytest.mark.parametrize(
    "typed",
    [
        "伊表〔2026〕18号",
        "伊表[2026]18号",
        "伊表[2026]18",
        "伊表（2026）18号",
        "伊表【2026】18号",
        "伊表2026 18",
        " 伊表 〔2026〕 18 号 ",
        "伊表２０２６年第18号",
    ],
)
def test_number_is_understood_as_people_type_it(typed):
    assert numbering.parse(typed) == ("伊表", 2026, 18)


@pytest.mark.parametrize(
    "typed", ["", "伊表", "伊表202618", "伊表〔26〕18号", "伊表〔2026〕0号", "2026 18", "伊表〔2026〕18号；"]
)
def test_digits_without_a_gap_or_other_endings_are_refused(typed):
    assert numbering.parse(typed) is None
