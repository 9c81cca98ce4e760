"""mkdocs hook: a page per lab, and the instructor's notes of each, made from `course/`; search from a folder.

`course_builder.site_pages` writes the pages; this hook only puts them among the site's files and into its
navigation, so a new lab is one folder and nothing here or in mkdocs.yml is touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from course_builder import site_pages
from grader.course import Course, CourseError, load_course

_LABS, _NOTES = "labs/", "instructors/"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the labs and the notes to the navigation, in the course's order."""
    course = read_course(config)
    labs: list[Any] = [{lab.title: f"{_LABS}{lab.folder.name}.md"} for lab in course.labs]
    notes: list[Any] = [{lab.title: f"{_NOTES}{lab.folder.name}.md"} for lab in course.labs]
    nav: list[Any] = config.nav or []
    for section in nav:
        if "Labs" in section:
            section["Labs"] = [*section["Labs"], *labs]
        if "Teach" in section:
            section["Teach"] = [*section["Teach"], {"Notes for each lab": notes}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages themselves."""
    try:
        pages = site_pages(read_course(config))
    except CourseError as error:
        raise PluginError(str(error)) from None
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Keep the instructor's pages, which are full of answers, out of the search."""
    if page.file.src_uri.startswith(_NOTES):
        page.meta["search"] = {"exclude": True}


def on_post_build(config: MkDocsConfig) -> None:
    """Write the search index as a script, too: a page that was opened from a folder can't fetch JSON."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    if index.is_file():
        index.with_suffix(".js").write_text(f"var __index = {index.read_text('utf-8')}", encoding="utf-8")


def read_course(config: MkDocsConfig) -> Course:
    """The course of this site. Raises `PluginError`, which names every finding."""
    try:
        return load_course(Path(config.config_file_path).parent)
    except CourseError as error:
        raise PluginError(str(error)) from None
