"""A function is code plus configuration: both drawn as two boxes inside one."""

from collections.abc import Mapping
from typing import Any

from labkit.pictures.canvas import Canvas, Picture, shorten

_WIDTH = 480
_LINE = 21


def function_box(configuration: Mapping[str, Any]) -> Picture:
    """Draw one function from the answer of `GetFunctionConfiguration`.

    Reads FunctionName, Version, Handler, CodeSize, CodeSha256 (code) and Runtime, MemorySize (MB), Timeout
    (s), EphemeralStorage (MB), Role and the names of the environment variables (configuration). The values
    of the variables are never shown: they may be secrets. A key that is missing is left out.
    """
    name = str(configuration.get("FunctionName", "function"))
    version = str(configuration.get("Version", "$LATEST"))
    canvas = Canvas(f"Function {name}", _WIDTH)
    code, settings = _code(configuration), _settings(configuration)
    code_height = 30 + _LINE * len(code)
    settings_height = 30 + _LINE * ((len(settings) + 1) // 2)
    canvas.begin_fact(f"Function {name}, version {version} = code + configuration")
    canvas.box(4, 4, _WIDTH - 8, 42 + code_height + 30 + settings_height + 10, radius=8)
    canvas.words(18, 30, shorten(f"Function {name}", 40), size=16, bold=True)
    canvas.words(_WIDTH - 18, 30, f"version {version}", anchor="end")
    canvas.words(_WIDTH / 2, 46 + code_height + 22, "+", size=22, bold=True, anchor="middle")
    canvas.end_fact()
    _part(canvas, 46, "Code", code, columns=1)
    _part(canvas, 46 + code_height + 30, "Configuration", settings, columns=2)
    return canvas.picture(f"One function with {len(code)} facts about its code and {len(settings)} settings.")


def _part(canvas: Canvas, top: int, heading: str, rows: list[tuple[str, str]], *, columns: int) -> None:
    inner = _WIDTH - 32
    canvas.box(16, top, inner, 30 + _LINE * -(-len(rows) // columns))
    canvas.words(28, top + 20, heading, bold=True)
    for number, (label, value) in enumerate(rows):
        x = 28 + (number % columns) * (inner // columns)
        y = top + 20 + _LINE * (1 + number // columns)
        canvas.begin_fact(f"{heading}, {label}: {value}")
        canvas.words(x, y, shorten(f"{label}: {value}", 58 // columns))
        canvas.end_fact()


def _code(configuration: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if "Handler" in configuration:
        rows.append(("handler", str(configuration["Handler"])))
    if "CodeSize" in configuration:
        rows.append(("size", f"{configuration['CodeSize']} bytes"))
    if "CodeSha256" in configuration:
        rows.append(("sha256", shorten(str(configuration["CodeSha256"]), 13)))
    return rows


def _settings(configuration: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if "Runtime" in configuration:
        rows.append(("runtime", str(configuration["Runtime"])))
    if "MemorySize" in configuration:
        rows.append(("memory", f"{configuration['MemorySize']} MB"))
    if "Timeout" in configuration:
        rows.append(("timeout", f"{configuration['Timeout']} s"))
    storage = configuration.get("EphemeralStorage")
    if isinstance(storage, Mapping) and "Size" in storage:
        rows.append(("/tmp", f"{storage['Size']} MB"))
    if configuration.get("Role"):
        rows.append(("role", str(configuration["Role"]).rsplit("/", 1)[-1]))
    variables = configuration.get("Environment")
    names = sorted(variables.get("Variables", {})) if isinstance(variables, Mapping) else []
    rows.extend(("variable", str(variable)) for variable in names)
    return rows
