"""The built site in a real Chromium: nothing leaves the machine, nothing overflows, all can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# The lowest contrast between a text and what is behind it (WCAG 2.2 AA asks 4.5, and 3 for large text).
CONTRAST = """
() => {
  const light = c => {
    const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const once = ask => {  // code has thousands of texts, and few colours and elements
    const known = new Map()
    return key => known.get(key) ?? known.set(key, ask(key)).get(key)
  }
  const rgba = once(text => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = text
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  })
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3]))
  const behind = once(element => {
    const below = element.parentElement ? behind(element.parentElement) : [255, 255, 255]
    return over(rgba(getComputedStyle(element).backgroundColor), below)
  })
  const found = []
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true })) continue
    if (element.closest("svg, .headerlink, .md-nav__link--passed, .md-top")) continue
    const style = getComputedStyle(element)
    const back = behind(element), front = over(rgba(style.color), back)
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a)
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700)
    const ratio = (high + 0.05) / (low + 0.05)
    if (ratio < (large ? 3 : 4.5))
      found.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${walker.currentNode.data}`)
  }
  return [...new Set(found)].slice(0, 10)
}
"""
OVERFLOW = """
() => {
  const room = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= room) return []
  return [...document.querySelectorAll("main *")]
    .filter(e => e.getBoundingClientRect().right > room + 1).slice(0, 5)
    .map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`)
}
"""


class Visit:
    """A page of the browser, and what it asked for and complained about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    def outside(self) -> list[str]:
        """Requests to another host than this one."""
        local = ("http://localhost:", "data:", "blob:", "file:", "about:")
        return [url for url in self.requests if not url.startswith(local)]


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """`visit(width, scheme)`: a fresh browser context."""
    opened = []

    def visit(size: dict[str, int] | None = None, scheme: str = "light") -> Visit:
        context = browser.new_context(viewport=size or WIDE, color_scheme=scheme)
        opened.append(context)
        return Visit(context.new_page())

    yield visit
    for context in opened:
        context.close()


def every_page(site: Path) -> list[str]:
    return [
        found.relative_to(site).as_posix()
        for found in sorted(site.rglob("*.html"))
        if found.name != "404.html"
    ]


def test_every_page_stays_at_home_fits_and_can_be_read(site: Path, address: str, visit: Any) -> None:
    """Wide and light, then narrow and dark; opening a page is what takes time, so each is opened once."""
    seen = visit(WIDE, "light")
    problems = []
    for name in every_page(site):
        seen.page.goto(address + name)
        seen.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        for size, scheme, shown in ((WIDE, "light", "default"), (NARROW, "dark", "slate")):
            seen.page.set_viewport_size(size)
            seen.page.emulate_media(color_scheme=scheme)
            seen.page.wait_for_selector(f"body[data-md-color-scheme={shown}]")
            problems += [f"{name} is too wide: {what}" for what in seen.page.evaluate(OVERFLOW)]
            problems += [f"{name}, {scheme}, is too faint: {what}" for what in seen.page.evaluate(CONTRAST)]
    assert problems == []
    assert seen.outside() == []
    assert seen.complaints == []


def test_colours_follow_the_system_and_can_be_switched(address: str, visit: Any) -> None:
    def scheme(page: Any) -> str:
        return str(page.locator("body").get_attribute("data-md-color-scheme"))

    def switch(page: Any) -> None:
        page.locator("form[data-md-component=palette] label:not([hidden])").click()

    light, dark = visit(scheme="light").page, visit(scheme="dark").page
    for page, follows in ((light, "default"), (dark, "slate")):
        page.goto(address + "index.html")
        assert scheme(page) == follows
    switch(dark)
    assert scheme(dark) == "default"
    switch(dark)
    assert scheme(dark) == "slate"
    dark.goto(address + "learn/start.html")
    assert scheme(dark) == "slate"


def test_search_finds_pages_and_keeps_solutions_to_itself(address: str, visit: Any) -> None:
    seen = visit()
    _search(seen.page, address + "index.html", "advance clock")
    assert "The clock is yours" in seen.page.locator(".md-search-result__item h1").all_inner_texts()
    assert seen.outside() == []


def test_search_works_in_a_folder_without_a_server(site: Path, visit: Any) -> None:
    seen = visit()
    _search(seen.page, (site / "learn" / "start.html").as_uri(), "advance clock")
    assert "The clock is yours" in seen.page.locator(".md-search-result__item h1").all_inner_texts()
    assert seen.outside() == []


def _search(page: Any, url: str, words: str) -> None:
    page.goto(url)
    page.get_by_placeholder("Search").first.click()
    page.keyboard.type(words)
    page.wait_for_selector(".md-search-result__item")


def test_a_solution_is_folded_until_it_is_asked_for_by_keyboard(address: str, visit: Any) -> None:
    page = visit().page
    page.goto(address + "labs/00-orientation.html")
    fold = page.locator("details", has=page.locator("summary", has_text="Solution")).first
    code = fold.locator("pre").first
    assert not code.is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert code.is_visible()


def test_pictures_scroll_in_a_box_of_their_own_on_a_narrow_screen(address: str, visit: Any) -> None:
    page = visit(NARROW).page
    page.goto(address + "develop/how-it-is-built.html")
    box = page.locator(".labkit-picture").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert box.evaluate("box => box.getBoundingClientRect().right <= document.documentElement.clientWidth")
