"""Text that is no definition."""

import pytest

from offline_cloud.engines.states_language.diagnostics import Diagnostic
from offline_cloud.engines.states_language.validation import validate


def only(text: str) -> Diagnostic:
    [finding] = validate(text)
    assert finding.severity == "ERROR"
    return finding


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing(text: str) -> None:
    assert only(text).code == "MISSING_DESCRIPTION"


@pytest.mark.parametrize(
    ("text", "sentence", "line", "column"),
    [
        (
            '{\n  "StartAt": "A",\n}',
            "Unexpected character ('}' (code 125)): was expecting double-quote",
            3,
            1,
        ),
        ('{"a": 1\n "b": 2}', "Unexpected character ('\"' (code 34)): was expecting comma", 2, 2),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon", 1, 6),
        ('{"a": abc}', "Unrecognized token 'abc'", 1, 7),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote", 1, 2),
        ('{"a": [1, 2', "Unexpected end-of-input", 1, 12),
        ("{} {}", "Unexpected character ('{' (code 123))", 1, 4),
        ('{"a": 01}', "Unexpected character ('1' (code 49)): was expecting comma", 1, 8),
    ],
)
def test_no_json_says_line_and_column(text: str, sentence: str, line: int, column: int) -> None:
    finding = only(text)
    assert finding.code == "INVALID_JSON_DESCRIPTION"
    assert finding.message.startswith(sentence)
    assert finding.message.endswith(f'\n at [Source: (String)"{text}"; line: {line}, column: {column}]')
    assert finding.advice.startswith(f"Line {line}, column {column}: ")


def test_numbers_that_json_does_not_have() -> None:
    assert only('{"a": NaN}').code == "INVALID_JSON_DESCRIPTION"
    assert only('{"a": ' + "9" * 5000 + "}").code == "INVALID_JSON_DESCRIPTION"


def test_too_long() -> None:
    assert "1048576" in only('{"Comment": "' + "x" * 1_048_576 + '"}').message
    assert "1048576" in only('{"Comment": "' + "é" * 600_000 + '"}').message


def test_bottomless() -> None:
    assert only('{"a":' * 100_000).code == "TOO_DEEPLY_NESTED"
    assert only("[" * 300 + "]" * 300).code == "SCHEMA_VALIDATION_FAILED"


def test_a_name_that_stands_twice_in_the_text() -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "A": {"Type": "Fail"}}}'
    finding = only(text)
    assert (finding.code, finding.message, finding.location) == (
        "DUPLICATE_STATE_NAME",
        "Duplicate State name: A",
        "/States/A",
    )
