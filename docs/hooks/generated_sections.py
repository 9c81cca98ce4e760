"""mkdocs hook: sections that are made from the code, so that they can't drift from it.

A page asks for one with a comment, `<!-- labkit: NAME -->`, on a line of its own. An unknown name stops the
build.
"""

from __future__ import annotations

import inspect
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import house_pictures
import typer.main
import yaml
from course_pages import read_course
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import labkit
from course_builder import new_course
from labkit.cli import app
from labkit.pictures import kit_map
from labkit.pictures.canvas import Picture
from offline_cloud.cloud import Cloud, CloudClock

_REQUEST = re.compile(r"^<!-- labkit: ([\w-]+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put each section in the place of its comment."""

    def section(request: re.Match[str]) -> str:
        make = _SECTIONS.get(request[1])
        if make is None:
            known = ", ".join(sorted(_SECTIONS))
            raise PluginError(f"{page.file.src_uri}: there is no section {request[1]!r}; there are {known}.")
        return make(config)

    return _REQUEST.sub(section, markdown)


def commands(config: MkDocsConfig) -> str:
    """Every command of `labkit` with its options, as `labkit COMMAND --help` tells them."""
    return "\n".join(_commands("labkit", typer.main.get_command(app)))


def _commands(name: str, command: Any) -> Iterator[str]:
    for word, child in getattr(command, "commands", {}).items():
        full = f"{name} {word}"
        if hasattr(child, "commands"):
            yield from _commands(full, child)
            continue
        yield from (f"## {full}", "", child.help or "", "")
        context = child.make_context(full, [], resilient_parsing=True)
        yield from ("```text", child.get_usage(context).removeprefix("Usage: "), "```", "")
        rows = [row for param in child.params if (row := param.get_help_record(context)) is not None]
        listed = [row for row in rows if "--help" not in row[0]]
        if listed:
            yield from ("| Argument or option | What it does |", "|---|---|")
            for left, right in listed:
                yield f"| `{_cell(left)}` | {_cell(right)} |"
            yield ""


def notebook(config: MkDocsConfig) -> str:
    """What `labkit` gives a notebook: each function with its signature and docstring."""
    functions = [getattr(labkit, name) for name in labkit.__all__]
    return _signatures("labkit", [found for found in functions if inspect.isfunction(found)])


def _members(owner: type) -> Callable[[MkDocsConfig], str]:
    prefix = "cloud" if owner is Cloud else "cloud.clock"
    wanted = [value for name, value in vars(owner).items() if not name.startswith("_")]
    functions = [found.__func__ if isinstance(found, classmethod) else found for found in wanted]
    return lambda config: _signatures(prefix, [found for found in functions if inspect.isfunction(found)])


def _signatures(prefix: str, functions: list[Callable[..., Any]]) -> str:
    parts: list[str] = []
    for function in functions:
        signature = inspect.signature(function)
        shown = [item for item in signature.parameters.values() if item.name not in {"self", "cls"}]
        plain = inspect.Signature([item.replace(annotation=inspect.Parameter.empty) for item in shown])
        owner = "Cloud" if "cls" in signature.parameters else prefix
        parts += [f"### `{owner}.{function.__name__}{plain}`", "", inspect.getdoc(function) or "", ""]
    return "\n".join(parts)


def facts(config: MkDocsConfig) -> str:
    """The dated facts of the course."""
    lines = ["| | Fact | As of |", "|---|---|---|"]
    for fact in read_course(config).facts:
        source = f" [Source]({fact.source})" if fact.source.startswith("http") else f" Source: {fact.source}"
        lines.append(f"| {fact.id} | {_cell(fact.text)}{source} | {fact.as_of} |")
    return "\n".join(lines)


def prices(config: MkDocsConfig) -> str:
    """The price sheet behind every bill."""
    sheet = yaml.safe_load((_root(config) / "offline_cloud" / "prices.yml").read_text(encoding="utf-8"))
    lines = [
        f"As of **{sheet['as_of']}**, region {sheet['region']}, in {sheet['currency']}.",
        "",
        "| Service | What is counted | Price | Free a month |",
        "|---|---|---|---|",
    ]
    for price in sheet["prices"].values():
        per = "" if price["per"] == 1 else f"{price['per']:,} "
        amount = f"{price['price']:.10f}".rstrip("0").rstrip(".")
        for tier in price.get("tiers", []):
            amount += f"; above {tier['above']:,}: {tier['price']:.10f}".rstrip("0").rstrip(".")
        free = f"{price['free']:,} {price['unit']}" if "free" in price else ""
        if "free_with" in price:
            free = f"shared with: {sheet['prices'][price['free_with']]['usage']}"
        service = f"[{price['service']}]({price['source']})"
        lines.append(f"| {service} | {price['usage']} | {amount} for {per}{price['unit']} | {free} |")
    return "\n".join(lines)


def scaffold(file: str, language: str) -> Callable[[MkDocsConfig], str]:
    """A file of the lab that `labkit new lab` makes, as it makes it."""

    def section(config: MkDocsConfig) -> str:
        with tempfile.TemporaryDirectory() as folder:
            course = new_course(Path(folder) / "my-course", None)
            lab = next(path for path in sorted(course.folder.rglob("lab.md"))).parent
            text = (lab / file).read_text(encoding="utf-8").rstrip()
        return f"````{language}\n{text}\n````"

    return section


def benchmark(config: MkDocsConfig) -> str:
    """The last full run of `make bench` that was kept: `docs/develop/benchmark.json`."""
    kept = json.loads((Path(config.docs_dir) / "develop" / "benchmark.json").read_text(encoding="utf-8"))
    machine = kept["machine"]
    kind = "A quick look" if kept["quick"] else "A full run"
    lines = [f"{kind}, Python {machine['python']}, {machine['system'].split('-')[0]}.", ""]
    lines += ["| | Ours | Beside it | | Ratio | Goal | |", "|---|---:|---:|---|---:|---|---|"]
    for suite, rows in kept["suites"].items():
        lines.append(f"| **{suite.replace('_', ' ')}** | | | | | | |")
        for row in rows:
            goal = f"≤ {row['goal_ratio']:g}×" if row["goal_ratio"] is not None else ""
            goal = f"≤ {row['goal_ours']:g} {row['unit']}" if row["goal_ours"] is not None else goal
            figures = [
                "" if row[name] is None else f"{row[name]:.3g}" for name in ("ours", "reference", "ratio")
            ]
            met = {True: "met", False: "missed", None: ""}[row["met"]]
            ours, reference, ratio = figures
            name = _cell(row["name"])
            lines.append(f"| {name} | {ours} | {reference} | {row['unit']} | {ratio} | {goal} | {met} |")
    return "\n".join(lines)


def report_schema(config: MkDocsConfig) -> str:
    """The JSON schema of `labkit grade --json`, as the grader ships it."""
    text = (_root(config) / "grader" / "report.schema.json").read_text(encoding="utf-8")
    return f'??? abstract "The schema"\n\n    ```json\n{_indented(text)}\n    ```\n'


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _picture(draw: Callable[[], Picture]) -> Callable[[MkDocsConfig], str]:
    def section(config: MkDocsConfig) -> str:
        picture = draw()
        twin = f"<details><summary>The picture as text</summary><pre>{picture.text}</pre></details>"
        return f'<div class="labkit-picture">{picture.svg}</div>\n\n{twin}\n'

    return section


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _root(config: MkDocsConfig) -> Path:
    return Path(config.config_file_path).parent


_SECTIONS: dict[str, Callable[[MkDocsConfig], str]] = {
    "commands": commands,
    "notebook": notebook,
    "cloud": _members(Cloud),
    "clock": _members(CloudClock),
    "scaffold-lab": scaffold("lab.md", "markdown"),
    "scaffold-checks": scaffold("checks.py", "python"),
    "scaffold-mistake": scaffold("mistakes/E1-prints.py", "python"),
    "facts": facts,
    "prices": prices,
    "report-schema": report_schema,
    "benchmark": benchmark,
    "picture-kit": _picture(kit_map),
    "picture-rooms": _picture(house_pictures.rooms),
    "picture-call": _picture(house_pictures.a_call),
    "picture-time": _picture(house_pictures.time_ruler),
}
