"""Packages and JSON, without a cloud."""

import datetime
import io
import json
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.deployment import package_code, package_submission, strict_json
from labkit.errors import LabkitError


def files(package):
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def price(symbol, factor=2):
    return [symbol, factor]


def test_a_submission_calls_the_function_with_an_objects_fields_or_with_the_value():
    package = package_submission(price)
    assert package.handler == "labkit_entry.lambda_handler"
    sources = files(package)
    submission: dict = {}
    exec(sources["submission.py"], submission)  # noqa: S102 - our own output
    entry = sources["labkit_entry.py"].replace("from submission import price as submitted", "")
    handler: dict = {"submitted": submission["price"]}
    exec(entry, handler)  # noqa: S102 - our own output
    assert handler["lambda_handler"]({"symbol": "A", "factor": 3}, None) == ["A", 3]
    assert handler["lambda_handler"]([1, 2], None) == [[1, 2], 2]
    assert handler["lambda_handler"](None, None) == [None, 2]


def test_the_same_code_gives_the_same_bytes():
    assert package_submission(price).content == package_submission(price).content


def test_a_file_a_folder_a_source_and_a_function_are_packages(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app" / "part").mkdir(parents=True)
    (tmp_path / "app" / "part" / "x.py").write_text("X = 1\n")
    (tmp_path / "app" / "main.py").write_text("def lambda_handler(e, c): ...\n")
    (tmp_path / "price_checker.py").write_text("def lambda_handler(e, c): ...\n")
    assert package_code("price_checker.py", "lambda_handler").handler == "price_checker.lambda_handler"
    assert package_code("price_checker.py", "main").handler == "price_checker.main"
    folder = package_code("app", "main.lambda_handler")
    assert (folder.handler, folder.files) == ("main.lambda_handler", ("main.py", "part/x.py"))
    source = package_code("def go(e, c):\n    return 1\n", "go")
    assert (source.handler, list(files(source))) == ("lambda_function.go", ["lambda_function.py"])
    function = package_code(price, "lambda_handler")
    assert function.handler == "lambda_function.price"


@pytest.mark.parametrize(
    ("code", "said"),
    [("gone.py", "there is no file gone.py beside the notebook"), (3, "give a file"), ("empty", "is empty")],
)
def test_what_is_no_package_is_refused(code, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(LabkitError, match=said):
        package_code(code, "lambda_handler")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_json_arrives_as_it_was(value):
    assert json.loads(strict_json(value, "answer E1")) == value


def test_a_number_as_key_becomes_text():
    assert strict_json({1: {2: "x"}}, "answer E1") == '{"1": {"2": "x"}}'


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({1, 2}, "a set is no JSON; use a list"),
        ({"a": [1, Decimal("1")]}, "a Decimal at a[1] is no JSON; use float(…) or str(…)"),
        ({1: "x", "1": "y"}, "it has the key 1 twice, as number and as text"),
        ({"a": {None: "x"}}, "the key None at a is no text; write 'None'"),
        ({True: "x"}, "the key True is no text"),
        (float("nan"), "nan is no JSON number"),
        (
            {"t": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)},
            "a datetime at t is no JSON; use .isoformat()",
        ),
        (b"x", "a bytes is no JSON"),
        (type("Text", (str,), {})("x"), "a Text is no JSON"),
    ],
)
def test_what_json_does_not_have_is_refused_with_its_place(value, said):
    with pytest.raises(LabkitError) as caught:
        strict_json(value, "answer E6")
    assert str(caught.value).startswith("answer E6 can't be stored as JSON: ")
    assert said in str(caught.value)
