"""CPR numbers are found however they are written, and never reach the logs. No number is stored here: all are made."""

import io
import json
import logging
import random
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from glostrup_isms.kit import cpr

GAPS = ["", "-", " ", "\u00a0", "\u2013", "\u2011", "\u202f", " - ", "\u2212"]
parts = st.tuples(st.integers(1, 31), st.integers(1, 12), st.integers(0, 99), st.integers(0, 9999))


def made(day, month, year, serial, gap="-"):
    return f"{day:02}{month:02}{year:02}{gap}{serial:04}"


def has_modulus_11(number):
    digits = [int(digit) for digit in number if digit.isdecimal()]
    return sum(digit * weight for digit, weight in zip(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11 == 0


@given(parts, st.sampled_from(GAPS), st.sampled_from(["{}", "cpr {}.", "({})", "CPR:{}", "cpr{}", "Bo_{}_x", '"{}"']))
def test_numbers_are_found_and_masked_in_every_spelling(number, gap, frame):
    text = frame.format(made(*number, gap=gap))
    [found] = cpr.find(text)
    assert text[found.start : found.end] == made(*number, gap=gap)
    assert cpr.contains(text)
    assert cpr.mask(text) == frame.format(made(*number)[:6] + "-xxxx")


def test_numbers_without_modulus_11_count_too():
    without = [made(1, 1, 90, serial) for serial in range(100) if not has_modulus_11(made(1, 1, 90, serial))]
    assert len(without) > 80
    assert all(cpr.contains(number) for number in without)


@pytest.mark.parametrize(
    "text",
    [
        "2026-0042", "Sag 2026-0042 og 2026-0043", "12345678", "12 34 56 78", "+45 12 34 56 78", "+4512345678",
        "0101" + "9012345", "9" * 20, "320190-1234", "011390-1234", "2026-11-24T15:08:00.123456+00:00",
        "24.11.2026 1530", "0101-2026", "f0101901234a", "1764000000", "999999-9999",
        "6f1b2c3d-0101-4e5f-8a9b-010190123456",
    ],
)  # fmt: skip
def test_case_numbers_phone_numbers_and_long_numbers_are_left_alone(text):
    assert cpr.mask(text) == text


def test_false_hits_on_random_case_and_phone_numbers_stay_under_two_percent():
    chance = random.Random(1)
    texts = [f"Sag {chance.randint(2020, 2040)}-{chance.randint(1, 9999):04}" for _ in range(1000)]
    texts += [f"tlf. {chance.randint(20_000_000, 99_999_999)}" for _ in range(1000)]
    texts += [f"+45 {chance.randint(2000, 9999)} {chance.randint(0, 9999):04}" for _ in range(1000)]
    assert sum(cpr.contains(text) for text in texts) == 0


def line_shapes(number):
    """How a number gets into a log line: as message, argument, JSON, URL, repr, SQL error."""
    return [
        ("text " + number, ()),
        ("%s failed", (number,)),
        ("%r failed", (number,)),
        ("%r", ({"cpr": number},)),
        ("%s", (json.dumps({"text": f"Bo\n{number}"}),)),
        ("GET /sag/?q=" + quote(f"Bo {number}") + " 200", ()),
        ("GET /?next=" + quote_plus(f"/?cpr={number}&a=b"), ()),
        ("GET /log-ind/?next=" + quote(quote(f"/?cpr={number}")), ()),
        ("DETAIL: Key (title)=(%s) already exists.", (number,)),
        ("<td>%s</td>", (number.replace("\u00a0", "&nbsp;"),)),
        ("%r", (number.encode(),)),
    ]


@hypothesis_settings(max_examples=500, deadline=None)
@given(parts, st.sampled_from(GAPS), st.integers(0, 10), st.booleans())
def test_no_number_reaches_the_log(number, gap, shape, raised):
    raw = made(*number, gap=gap)
    message, arguments = line_shapes(raw)[shape]
    text = logged(message, *arguments, error=ValueError(f"invalid: {raw}") if raised else None)
    assert not raw_in(text, number)
    assert made(*number)[:6] + "-xxxx" in text


def raw_in(text, number):
    """The six digits with the last four close behind them."""
    start, end = made(*number).split("-")
    return any(re.match(rf".{{0,20}}{end}", rest) for rest in text.split(start)[1:])


def logged(message, *arguments, error=None):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(cpr.MaskingFilter())
    handler.setFormatter(cpr.MaskingFormatter("{levelname} {name} {message}", style="{"))
    record = logging.LogRecord(
        "test", logging.ERROR, __file__, 1, message, arguments, error and (type(error), error, None)
    )
    handler.handle(record)
    return stream.getvalue()


def test_a_message_stays_on_one_line():
    text = logged("user %s", "a\r\n2026-11-24 INFO forged\u2028\x1b[2J\x85end")
    assert text == "ERROR test user a\\r\\n2026-11-24 INFO forged\\u2028\\x1b[2J\\x85end\n"


def test_a_traceback_follows_indented_so_that_it_cannot_pass_for_a_log_line():
    text = logged("failed", error=ValueError("first\nERROR test forged"))
    head, *rest = text.splitlines()
    assert head == "ERROR test failed"
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_a_wrong_format_string_is_logged_and_not_raised():
    assert "hello %d" in logged("hello %d", "you")


def test_key_in_an_address_is_masked_and_other_long_words_are_not():
    token, checksum = "Ab-_" * 10 + "xyz", "0123456789abcdef" * 4
    assert logged("Not Found: %s", f"/aarshjul/kalender/{token}.ics") == (
        "ERROR test Not Found: /aarshjul/kalender/(skjult).ics\n"
    )
    said = f"{checksum} 77777777-7777-7777-7777-777777777777 {token}x {'Speciallægepraksisplanlægning' * 2}"
    assert said in logged("%s", said)
    assert token not in logged("failed", error=ValueError(f"GET /{token}.ics"))
