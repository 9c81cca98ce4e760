"""Take a function out of a notebook: its source, and what it uses from there.

What travels with a function: the imports, constants, classes and other functions of the notebook that it
names, and what those name in turn. What can't travel is refused with a sentence that says how to put it
right: a lambda, a closure, a method or an object of the notebook.
"""

from __future__ import annotations

import ast
import datetime
import decimal
import functools
import inspect
import keyword
import linecache
import symtable
import sys
import textwrap
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from labkit.errors import refuse

PLAIN = (str, int, float, complex, bool, bytes, type(None), type(...))
_MADE_BY_NAME = (decimal.Decimal, datetime.date, datetime.datetime, datetime.time, datetime.timedelta)


def source_of(function: Any) -> str:
    """A module's source that defines `function` under its own name. Raises `LabkitError`."""
    carried = _Carried()
    if inspect.isgeneratorfunction(function):
        refuse(f"{name_of(function)} has `yield`: return a list instead.")
    try:
        carried.function(function)
    except RecursionError:
        refuse(f"{_spoken(function)} uses a value that holds itself: make it inside the function.")
    return carried.source()


def name_of(function: Any) -> str:
    """The function's name. Raises `LabkitError` for what is no plain function."""
    _refuse_what_cannot_travel(function)
    return str(function.__name__)


def _refuse_what_cannot_travel(function: Any) -> None:
    if isinstance(function, type):
        refuse(f"{function.__name__} is a class: give a function, written with `def`.")
    if isinstance(function, functools.partial):
        refuse(
            "this is a functools.partial: write a function with `def` that makes that call, and give that."
        )
    if inspect.ismethod(function):
        refuse(
            f"{function.__name__} is a method of an object: write a function with `def` outside of a class."
        )
    if not isinstance(function, types.FunctionType):
        what = (
            "a built-in function"
            if isinstance(function, types.BuiltinFunctionType)
            else type(function).__name__
        )
        refuse(
            f"{_spoken(function)} is {what}, not a function of yours: write one with `def` and give its name."
        )
    if function.__name__ == "<lambda>":
        refuse("a lambda has no name to be called by: write the function with `def` and give its name.")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        refuse(f"{function.__name__} is `async`: write it with plain `def`.")
    if function.__closure__:
        names = ", ".join(function.__code__.co_freevars)
        refuse(
            f"{function.__name__} was made inside another function and uses its {names}: "
            "write it at the left edge of a cell and pass what it needs as parameters."
        )


class _Carried:
    """What travels, in an order in which it can be defined: what a function needs comes before it."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.definitions: dict[str, str] = {}
        self.begun: set[str] = set()

    def source(self) -> str:
        """The module."""
        parts = ["\n".join(self.imports), *self.definitions.values()]
        return "\n\n\n".join(part for part in parts if part) + "\n"

    def function(self, function: Any) -> None:
        """Add a function and what it names."""
        _refuse_what_cannot_travel(function)
        name = function.__name__
        if name in self.begun:  # functions may call each other
            return
        self.begun.add(name)
        self._definition(name, _source(function), function.__globals__)

    def _class(self, kind: type, source: str, values: Mapping[str, Any]) -> None:
        """Add a class of the notebook and what it names."""
        if kind.__name__ not in self.begun:
            self.begun.add(kind.__name__)
            self._definition(kind.__name__, source, values)

    def _definition(self, name: str, source: str, values: Mapping[str, Any]) -> None:
        chains = _attribute_chains(source)
        for needed in sorted(_global_names(source) - {name}):
            self._name(needed, name, values, chains)
        self.definitions[name] = source

    def _name(
        self, name: str, user: str, values: Mapping[str, Any], chains: Sequence[tuple[str, ...]]
    ) -> None:
        """Add what `name` stands for in the module of `user`, unless Python itself knows it."""
        if name not in values or name.startswith("__"):
            return  # a builtin, or missing: then the function fails in the cloud as it would here
        value = values[name]
        if isinstance(value, types.ModuleType):
            _refuse_what_is_not_in_the_cloud(value, user)
            self.imports[_import_line(value, name)] = None
            for chain in chains:
                if chain[0] == name:
                    self._submodules(value, chain[1:])
        elif isinstance(value, types.FunctionType) and value.__globals__ is values and value.__name__ == name:
            self.function(value)
        elif _is_plain(value):
            self.definitions[name] = f"{name} = {_literal(value)}"
        else:
            origin = _importable(value)
            if origin is None and isinstance(value, type) and value.__name__ == name:
                source = _class_source(value)
                if source is not None:
                    self._class(value, source, values)
                    return
            if origin is None:
                _refuse_value(name, value, user)
            module, attribute = origin
            as_name = "" if attribute == name else f" as {name}"
            self.imports[f"from {module} import {attribute}{as_name}"] = None

    def _submodules(self, module: types.ModuleType, attributes: Sequence[str]) -> None:
        """`import a` does not load `a.b`: add an import for each submodule that is named."""
        path = module.__name__
        for attribute in attributes:
            path = f"{path}.{attribute}"
            if path not in sys.modules:
                return
            self.imports[f"import {path}"] = None


def _source(function: types.FunctionType) -> str:
    name = function.__name__
    try:
        source = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        refuse(
            f"the source of {name} can't be found: write it with `def` in a cell, run the cell, try again."
        )
    definition = tree.body[0] if tree.body else None
    if not isinstance(definition, ast.FunctionDef) or definition.name != name:
        refuse(f"{name} is not what its source defines: write it with `def {name}(…)` in a cell of its own.")
    return source.rstrip("\n")


def _class_source(kind: type) -> str | None:
    """A class of the notebook, which is no file: found in the cell of one of its methods, if it has one.

    A class without methods, such as `class NoPrice(Exception): pass`, is the newest one of this name and with
    these members that a cell defines. None if there is none.
    """
    own = dict.fromkeys(
        code.co_filename
        for member in vars(kind).values()
        if (code := getattr(getattr(member, "fget", member), "__code__", None)) is not None
    )
    # IPython keeps its cells among the known sources; they have no time of change, which files have.
    cells = [name for name, entry in linecache.cache.items() if len(entry) == 4 and entry[1] is None]
    for name in [*own, *reversed(cells)]:
        lines = linecache.getlines(name)
        for node in reversed(_parsed(lines).body):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                if name not in own and not _defines(node, kind):
                    continue
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                return "".join(lines[first - 1 : node.end_lineno]).rstrip("\n")
    return None


def _parsed(lines: list[str]) -> ast.Module:
    try:
        return ast.parse("".join(lines))
    except SyntaxError:  # a cell that never ran
        return ast.Module([], [])


def _defines(node: ast.ClassDef, kind: type) -> bool:
    """Whether the class may come from this definition: same bases, and no method that it doesn't have."""
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases] or ["object"]
    methods = {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return bases == [base.__name__ for base in kind.__bases__] and methods <= set(vars(kind))


def _attribute_chains(source: str) -> list[tuple[str, ...]]:
    """`a.b.c` in a source as `("a", "b", "c")`."""
    chains = []
    for found in ast.walk(ast.parse(source)):
        node, names = found, list[str]()
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if names and isinstance(node, ast.Name):
            chains.append((node.id, *reversed(names)))
    return chains


def _refuse_what_is_not_in_the_cloud(module: types.ModuleType, user: str) -> None:
    if module.__name__.split(".")[0] == "labkit":
        refuse(f"{user} uses labkit, which is not in the cloud: use boto3 inside of {user}.")
    file = getattr(module, "__file__", None)
    if file and Path(file).resolve().parent == Path.cwd().resolve():
        refuse(
            f"{user} uses {module.__name__}, a file beside the notebook that does not travel with it: "
            f"copy what it needs into {user}, or use labkit.deploy with a folder."
        )


def _import_line(module: types.ModuleType, name: str) -> str:
    return f"import {name}" if module.__name__ == name else f"import {module.__name__} as {name}"


def _importable(value: Any) -> tuple[str, str] | None:
    """The module and name under which a value can be imported, if it can."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module in {"__main__", "builtins"}:
        return None
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in (*module.split("."), name)):
        return None
    return (module, name) if getattr(sys.modules.get(module), name, None) is value else None


def _is_plain(value: Any) -> bool:
    if type(value) in {list, tuple, set, frozenset}:
        return all(_is_plain(item) for item in value)
    if type(value) is dict:
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    if getattr(value, "tzinfo", None) not in {None, datetime.UTC}:
        return False
    return type(value) in PLAIN or type(value) in _MADE_BY_NAME


def _literal(value: Any) -> str:
    """Python source for a plain value."""
    kind = type(value)
    if kind is dict:
        text = ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{text}}}"
    if kind in {list, tuple, set, frozenset}:
        items = [_literal(item) for item in value]
        items = sorted(items) if kind in {set, frozenset} else items
        return f"[{', '.join(items)}]" if kind is list else f"{kind.__name__}([{', '.join(items)}])"
    if kind is float and value - value != 0:  # inf and nan have no literal
        return f'float("{value}")'
    if kind in _MADE_BY_NAME:  # the name of its module may stand for something else in the notebook
        module = kind.__module__
        made = (
            repr(value)
            .removeprefix(f"{module}.")
            .replace("datetime.timezone", '__import__("datetime").timezone')
        )
        return f'__import__("{module}").{made}'
    return repr(value)


def _refuse_value(name: str, value: Any, user: str) -> NoReturn:
    kind = type(value).__name__
    if isinstance(value, type):
        refuse(
            f"{user} uses the class {name} of this notebook, which can't travel with it: "
            f"define {name} inside {user}, or use a dict."
        )
    refuse(
        f"{user} uses `{name}` of this notebook, an object ({kind}) that can't travel with it: "
        f"make it inside {user}, or pass it as a parameter."
    )


def _global_names(source: str) -> set[str]:
    """Names that a function's source takes from its module: in its body, its defaults and its decorators."""
    names: set[str] = set()

    def walk(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            outside = table.get_type() == "module" and symbol.is_referenced()
            if symbol.is_global() or outside:
                names.add(symbol.get_name())
        for child in table.get_children():
            walk(child)

    walk(symtable.symtable(source, "<function>", "exec"))
    return names


def _spoken(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
