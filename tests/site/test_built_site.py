"""The site as it is built: complete, offline, and true to the code that it describes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

import labkit
from course_builder.lab_cells import read_cells, read_mistakes
from course_builder.notebooks import solved
from course_builder.solution_marks import has_solution, learner_source
from grader.course import load_course
from labkit.cli import app
from offline_cloud import front
from offline_cloud.function_host import unavailable

ROOT = Path(__file__).parent.parent.parent
COURSE = load_course(ROOT)
# Tags that make a browser load something by themselves, and the attribute that says from where.
LOADS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "use": "href",
    "image": "href",
    "form": "action",
}
ELSEWHERE = re.compile(r"^(?:[a-z][a-z+.-]*:)?//", re.IGNORECASE)


class Reader(HTMLParser):
    """Collects what a page loads, its pictures, its folded blocks and its text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open_folds = 0
        self.classes: set[str] = set()
        self.text = ""
        self.unfolded_text = ""
        self._depth = 0
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.classes |= set((given.get("class") or "").split())
        source = given.get(LOADS.get(tag, ""))
        if source and not (tag == "link" and given.get("rel") in {"prev", "next", "canonical"}):
            self.loads.append(source)
        if tag == "details":
            self._depth += 1
            self.open_folds += "open" in given

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "details"

    def handle_data(self, data: str) -> None:
        self.text += data
        if not self._depth:
            self.unfolded_text += data


def pages(site: Path) -> Iterator[Path]:
    yield from sorted(site.rglob("*.html"))


def text_of(page: Path) -> str:
    return re.sub(r"\s+", " ", Reader(page).text)


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    found = {
        f"{page.relative_to(site)}: {source}"
        for page in pages(site)
        for source in Reader(page).loads
        if ELSEWHERE.match(source)
    }
    for style in site.rglob("*.css"):
        loaded = re.findall(r"(?:@import\s+|url\()\s*['\"]?([^'\")\s]+)", style.read_text(encoding="utf-8"))
        found |= {f"{style.relative_to(site)}: {source}" for source in loaded if ELSEWHERE.match(source)}
    assert found == set()
    # The theme would load this one from elsewhere, for diagrams of a kind that we don't use.
    assert not any("mermaid" in Reader(page).classes for page in pages(site))


def test_every_lab_has_its_two_pages_in_the_navigation(site: Path) -> None:
    home = (site / "index.html").read_text(encoding="utf-8")
    assert len(COURSE.labs) >= 2
    for lab in COURSE.labs:
        for page in (f"labs/{lab.folder.name}.html", f"instructors/{lab.folder.name}.html"):
            assert f'href="{page}"' in home
            assert lab.title in text_of(site / page)


def test_the_hooks_themselves_are_not_published(site: Path) -> None:
    assert not list(site.rglob("*.py"))


def test_nothing_is_unfolded_beforehand(site: Path) -> None:
    unfolded = {page.name for page in pages(site) if Reader(page).open_folds}
    assert unfolded == set()


@pytest.mark.parametrize("lab", COURSE.labs, ids=lambda lab: lab.slug)
def test_solutions_are_on_the_page_but_folded_and_not_in_the_search(site: Path, lab) -> None:
    page = Reader(site / "labs" / f"{lab.folder.name}.html")
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    # Other labs may show what is the answer here.
    own = "".join(doc["text"] for doc in index["docs"] if lab.folder.name in doc["location"])
    searchable = _dense(html.unescape(re.sub(r"<[^>]+>", "", own)))
    assert searchable
    lines = [_dense(line) for line in _telling_lines(lab)]
    assert lines
    assert [line for line in lines if line not in _dense(page.text)] == []
    assert [line for line in lines if line in _dense(page.unfolded_text)] == []
    assert [line for line in lines if line in searchable] == []


def _telling_lines(lab) -> list[str]:
    """Lines that only a solution has, and that are long enough to give something away."""
    cells = read_cells(COURSE, lab)
    code = [cell for cell in cells if cell.kind == "code"]
    told = [cell.source for cell in cells if cell.kind != "code"]
    # The same JSON may stand in one line here and in three there.
    shown = _dense("".join([*told, *(learner_source(cell.source) for cell in code)]))
    solutions = "\n".join(solved(cell) for cell in code if has_solution(cell.source))
    lines = {line.strip() for line in solutions.splitlines() if not line.strip().startswith("#")}
    return sorted(line for line in lines if len(line) >= 16 and _dense(line) not in shown)


def _dense(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("lab", COURSE.labs, ids=lambda lab: lab.slug)
def test_instructors_get_every_mistake_with_its_hint(site: Path, lab) -> None:
    text = text_of(site / "instructors" / f"{lab.folder.name}.html")
    mistakes = read_mistakes(lab, [])
    assert mistakes
    for mistake in mistakes:
        assert mistake.id.split("-", 1)[1].replace("-", " ") in text
    assert text.count("Brings up:") == len(mistakes)


def test_the_command_page_has_every_command_and_option(site: Path) -> None:
    text = text_of(site / "reference" / "cli.html")

    def missing(name: str, command) -> Iterator[str]:
        for word, child in getattr(command, "commands", {}).items():
            yield from missing(f"{name} {word}", child)
        if hasattr(command, "commands"):
            return
        if name not in text or command.help not in text:
            yield name
        for option in command.params:
            for word in [*option.opts, *option.secondary_opts]:
                if word != "--help" and word not in text:
                    yield f"{name} {word}"

    assert list(missing("labkit", get_command(app))) == []


def test_the_notebook_page_has_every_function(site: Path) -> None:
    text = text_of(site / "reference" / "notebook.html")
    wanted = [name for name in labkit.__all__ if name[0].islower()]
    assert [name for name in wanted if f"labkit.{name}(" not in text] == []
    assert "cloud.clock.advance(" in text
    assert "cloud.reset(" in text


def test_the_page_that_errors_name_is_there() -> None:
    assert front.LIMITS_PAGE == unavailable.LIMITS
    assert (ROOT / front.LIMITS_PAGE).is_file()


def test_files_that_pages_name_are_there() -> None:
    rooms = "offline_cloud|grader|course_builder|labkit|benchmarks|tests|docs"
    named = re.compile(rf"`((?:{rooms})/[\w./-]*)`")
    missing = {
        f"{page.relative_to(ROOT)}: {path}"
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for path in named.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / path).exists()
    }
    assert missing == set()


def test_commands_on_pages_have_the_options_that_are_shown() -> None:
    commands = get_command(app).commands
    count, wrong = 0, []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for body in re.findall(
            r"(?ms)^ *```(?:bash|console|yaml|powershell)\n(.*?)^ *```$", page.read_text("utf-8")
        ):
            joined = re.sub(r">-\n\s+|\n\s+(?=--)", " ", body)
            for word, rest in re.findall(r"(?m)\blabkit (?!new)([a-z]+)\b([^#\n]*)", joined):
                count += 1
                if commands[word].context_settings.get("ignore_unknown_options"):
                    continue  # `labkit aws`: they are those of the AWS CLI
                known = {
                    name
                    for option in commands[word].params
                    for name in [*option.opts, *option.secondary_opts]
                }
                wrong += [
                    f"{page.name}: labkit {word} {option}"
                    for option in re.findall(r" (--?[a-z][\w-]*)", rest)
                    if option not in known
                ]
    assert count > 15
    assert wrong == []


def test_python_and_yaml_on_pages_can_be_read() -> None:
    count = 0
    for page in sorted((ROOT / "docs").rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        for indent, language, body in re.findall(r"(?ms)^( *)```(python|yaml)\n(.*?)^ *```$", text):
            source = "\n".join(line.removeprefix(indent) for line in body.splitlines())
            if language == "python":
                compile(source, f"{page.name}: {source[:40]}", "exec")
            else:
                assert yaml.safe_load(source), page
            count += 1
    assert count > 10


def test_every_picture_has_a_name_and_its_facts_as_text(site: Path) -> None:
    pictures = 0
    for page in pages(site):
        markup = page.read_text(encoding="utf-8")
        for after in markup.split('class="labkit-picture"')[1:]:
            pictures += 1
            below = after.split("</svg>", 1)[1][:400]
            assert "<details" in below, page
            assert "The picture as text" in below, page
        for drawing in re.findall(r'(?s)<svg[^>]*role="img".*?</svg>', markup):
            assert re.search(r"<title[^>]*>[^<]+</title>", drawing), page
    assert pictures >= 4
