"""Taking a function out of a notebook. Each test runs the source in a fresh module, as the cloud would."""

import datetime
import functools
import linecache
import textwrap
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.errors import LabkitError
from labkit.function_source import _literal, source_of

CELLS = 0


def notebook(*cells: str) -> dict[str, object]:
    """Run cells as IPython does: one namespace, and a source for each that `inspect` finds."""
    global CELLS
    namespace: dict[str, object] = {"__name__": "__main__"}
    for cell in cells:
        CELLS += 1
        source = textwrap.dedent(cell).strip("\n") + "\n"
        name = f"<cell-{CELLS}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        exec(compile(source, name, "exec"), namespace)  # noqa: S102 - a test's own cells
    return namespace


def carried(function):
    namespace: dict[str, object] = {"__name__": "submission"}
    exec(compile(source_of(function), "submission.py", "exec"), namespace)  # noqa: S102 - our own output
    return namespace[function.__name__]


def test_classes_and_generators_come_along():
    cells = notebook(
        """
        from dataclasses import dataclass
        class Base:
            def double(self):
                return self.number * FACTOR
        FACTOR = 2
        """,
        """
        @dataclass
        class Trade(Base):
            number: int
            @property
            def text(self):
                return f"{self.number} shares"
        def trades(numbers):
            yield from (Trade(number) for number in numbers)
        """,
        """
        def summary(numbers):
            return [(trade.text, trade.double()) for trade in trades(numbers)]
        """,
    )
    assert carried(cells["summary"])([3]) == [("3 shares", 6)]


def test_imports_constants_and_functions_come_along():
    cells = notebook(
        """
        import json, math as m
        import os.path
        import xml.etree.ElementTree as ET
        from collections import Counter as Tally
        from decimal import Decimal
        FEE = Decimal("0.5")
        LIMITS = {"a": (1, 2), "b": [None, True, float("inf")], "c": {3}}
        """,
        """
        def rounded(value):
            return m.floor(value)
        """,
        """
        def fee(amount, *, minimum=FEE):
            tally = Tally("aab")
            name, tag = os.path.basename("x/y"), ET.fromstring("<t/>").tag
            return json.dumps([rounded(amount), str(minimum), LIMITS["a"][1], tally["a"], name, tag])
        """,
    )
    assert carried(cells["fee"])(2.7) == cells["fee"](2.7) == '[2, "0.5", 2, 2, "y", "t"]'


def test_functions_may_call_each_other_and_have_decorators():
    cells = notebook(
        """
        import functools
        def twice(f):
            @functools.wraps(f)
            def inner(n):
                return f(n) * 2
            return inner
        def even(n):
            return True if n == 0 else odd(n - 1)
        def odd(n):
            return False if n == 0 else even(n - 1)
        """
    )
    assert carried(cells["even"])(10) is True
    assert carried(cells["odd"])(10) is False


def test_a_submodule_that_is_named_is_imported():
    cells = notebook(
        """
        import botocore
        import botocore.exceptions
        def f():
            return botocore.exceptions.ClientError.__name__
        """
    )
    assert "import botocore.exceptions" in source_of(cells["f"])


def test_what_is_local_does_not_come_along():
    cells = notebook("big = object()", "def f(big):\n    x = big\n    return [big for big in [x]]")
    assert source_of(cells["f"]).startswith("def f(big)")
    assert carried(cells["f"])(1) == [1]


def test_a_class_without_methods_comes_along():
    cells = notebook(
        "class NoPrice(ValueError):\n    pass",
        """
        class NoPrice(LookupError):
            code = 404
        def f(symbol):
            try:
                raise NoPrice(symbol)
            except LookupError as error:
                return type(error).__name__, error.code
        """,
    )
    notebook("class NoPrice(KeyError):\n    pass")  # of the same name, but another one
    linecache.cache["<broken>"] = (5, None, ["class"], "<broken>")
    assert carried(cells["f"])("TRDW") == ("NoPrice", 404)


def test_a_missing_name_fails_in_the_cloud_as_it_does_here():
    cells = notebook("def f():\n    return not_there")
    with pytest.raises(NameError):
        carried(cells["f"])()


def make_closure():
    count = 1

    def inner():
        return count

    return inner


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("f = lambda x: x", "f", "a lambda has no name"),
        ("class F:\n    pass", "F", "F is a class"),
        ("class F:\n    def m(self):\n        pass\nf = F().m", "f", "m is a method"),
        ("import functools\nf = functools.partial(print, 1)", "f", "functools.partial"),
        ("f = len", "f", "a built-in function"),
        ("f = 3", "f", "3 is int, not a function"),
        ("async def f():\n    pass", "f", "f is `async`"),
        ("def f():\n    yield 1", "f", "f has `yield`"),
        (
            "Made = type('Made', (), {})\ndef f():\n    return Made()",
            "f",
            "uses the class Made of this notebook",
        ),
        ("o = object()\ndef f():\n    return o", "f", "uses `o` of this notebook, an object (object)"),
        ("g = lambda: 1\ndef f():\n    return g()", "f", "uses `g`"),
        ("import labkit\ndef f():\n    return labkit", "f", "labkit, which is not in the cloud"),
        ("x = []\nx.append(x)\ndef f():\n    return x", "f", "holds itself"),
    ],
)
def test_what_cannot_travel_is_refused_with_a_way_out(cell, value, said):
    with pytest.raises(LabkitError) as caught:
        source_of(notebook(cell)[value])
    assert said in str(caught.value)
    assert ": " in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_a_closure_and_a_function_without_source_are_refused():
    with pytest.raises(LabkitError, match="uses its count"):
        source_of(make_closure())
    namespace: dict[str, object] = {}
    exec("def f(): pass", namespace)  # noqa: S102 - a function without a source
    with pytest.raises(LabkitError, match="source of f can't be found"):
        source_of(namespace["f"])


def test_a_module_beside_the_notebook_is_refused(tmp_path, monkeypatch):
    (tmp_path / "my_prices.py").write_text("A = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    cells = notebook("import my_prices\ndef f():\n    return my_prices.A")
    with pytest.raises(LabkitError, match="a file beside the notebook"):
        source_of(cells["f"])


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.decimals(allow_nan=False) | st.datetimes(timezones=st.none() | st.just(datetime.UTC))
    | st.dates() | st.timedeltas(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)  # fmt: skip


@given(PLAIN)
def test_a_constant_arrives_as_it_was(value):
    assert eval(_literal(value)) == value  # noqa: S307 - our own output


def test_types_of_constants_are_kept():
    for value in ({1, 2}, frozenset({1}), (1,), (), Decimal("1.10"), datetime.timedelta(1), -0.0):
        made = eval(_literal(value))  # noqa: S307 - our own output
        assert (type(made), repr(made)) == (type(value), repr(value))
    assert functools.reduce(lambda a, b: a + b, [1]) == 1
