"""Links inside a lab: written as they work in a notebook, and what they become on the site.

| in lab.md | leads to | on the site |
|---|---|---|
| `https://…`, `#part`, `mailto:…` | itself | the same |
| `../NN-slug/slug.ipynb` | another lab | that lab's page |
| `price_checker.py` | a file beside the notebook | its name only |
| `../../docs/reference/limits.md` | a page of the site | that page |
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.course import LabSource

_LINK = re.compile(r"(?P<bang>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^()\s]+)(?P<title>\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")
_LAB = re.compile(r"\.\./([A-Za-z0-9._-]+)/[A-Za-z0-9._-]+\.ipynb(#.*)?$")
_DOCS = re.compile(r"\.\./\.\./docs/([A-Za-z0-9._/-]+\.md)(#.*)?$")


def bad_links(markdown: str, lab: LabSource) -> Iterator[str]:
    """Targets that would lead nowhere."""
    for link in _LINK.finditer(_without_code(markdown)):
        target = link["target"]
        if _ELSEWHERE.match(target) or (lab.files_folder / target.split("#")[0]).is_file():
            continue
        other, page = _LAB.match(target), _DOCS.match(target)
        course = lab.folder.parent
        known_lab = other is not None and (course / other[1] / "lab.md").is_file()
        known_page = page is not None and (course.parent / "docs" / page[1]).is_file()
        if not known_lab and not known_page:
            yield target


def site_links(markdown: str) -> str:
    """The Markdown with its links as they work on the lab's site page, `labs/NN-slug.md`.

    What is folded (`<details>`) is marked as Markdown, as a notebook takes it without asking.
    """
    code = [found.span() for found in _FENCE.finditer(markdown)]

    def rewritten(link: re.Match[str]) -> str:
        if any(start <= link.start() < end for start, end in code):
            return link[0]
        target, text, title = link["target"], link["text"], link["title"] or ""
        other, page = _LAB.match(target), _DOCS.match(target)
        if other is not None:
            return f"[{text}]({other[1]}.md{other[2] or ''}{title})"
        if page is not None:
            return f"{link['bang']}[{text}](../{page[1]}{page[2] or ''}{title})"
        if _ELSEWHERE.match(target):
            return link[0]
        return text if text.startswith("`") else f"`{text}`"

    markdown = _LINK.sub(rewritten, markdown)
    return markdown.replace("<details>", "<details markdown>")


def _without_code(markdown: str) -> str:
    return _FENCE.sub("", markdown)
