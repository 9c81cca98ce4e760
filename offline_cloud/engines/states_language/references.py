"""What is wrong with a path, an intrinsic call or a JSONata expression, said at definition time.

Every function here answers None for what is right, else a sentence. Paths are read by the compilers that
execution uses, so what validation lets pass can be run.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from offline_cloud.engines.states_language.intrinsics import compile_intrinsic
from offline_cloud.engines.states_language.paths import compile_path

_PLAIN: Final = re.compile(r"\$(?:\$|[^\W\d]\w*)?(?:\.[\w-]+|\[\d+\])*")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_CALL: Final = re.compile(r"\s*States\.\w+\s*\(")
_OPERATORS: Final = ("..", "?", "*", ",", ":")
_PATH_LIKE: Final = re.compile(r"\$(?:\$)?(?:[.\[].+)?")


def is_expression(text: str) -> bool:
    """Whether a JSONata state evaluates the string: it begins with `{%` and ends with `%}`."""
    return text.startswith("{%") and text.endswith("%}") and len(text) >= 4


def looks_like_path(text: str) -> bool:
    """Whether text that is not evaluated was probably meant to be: a path or an intrinsic call."""
    return _PATH_LIKE.fullmatch(text) is not None or looks_like_call(text)


def looks_like_call(text: str) -> bool:
    """Whether text has the form of an intrinsic function call, `States.Format(...)`."""
    return _CALL.match(text) is not None and text.rstrip().endswith(")")


@lru_cache(maxsize=4096)
def path_fault(text: str) -> str | None:
    """Say what is wrong with a JSONPath such as InputPath's."""
    if _PLAIN.fullmatch(text):
        return None
    return _fault(compile_path, text)


@lru_cache(maxsize=4096)
def reference_fault(text: str) -> str | None:
    """Say what is wrong with a Reference Path, which leads to one place; in AWS's words if known."""
    if _PLAIN.fullmatch(text):
        return None
    if not text.startswith("$"):
        return "Reference path didn't start with '$'"
    if fault := path_fault(text):
        return fault
    path = compile_path(text)
    if path.is_definite and path.steps is not None:
        return None
    operator = next((each for each in _OPERATORS if each in text), "(")
    return f"'{operator}' is not supported in a Reference Path"


@lru_cache(maxsize=4096)
def template_value_fault(text: str) -> str | None:
    """Say what is wrong with the value of a key that ends in `.$`: a path or an intrinsic call."""
    if text.startswith("$"):
        return path_fault(text)
    if text.startswith("States."):
        return _fault(compile_intrinsic, text)
    return "it is neither a path that begins with $ nor a call such as States.Format('{}', $.name)"


@lru_cache(maxsize=4096)
def variable_name_fault(name: str) -> str | None:
    """Say what is wrong with a variable's name in Assign."""
    if name == "states":
        return "the name states is reserved for $states"
    if len(name) > 80:
        return f"it has {len(name)} characters, at most 80 are allowed"
    if not _NAME.fullmatch(name):
        return "a name begins with a letter and goes on with letters, digits and _"
    return None


def _fault(compiler: Callable[[str], object], text: str) -> str | None:
    try:
        compiler(text)
    except ValueError as error:
        return str(error)
    except RecursionError:
        return "it is nested too deeply"
    return None
