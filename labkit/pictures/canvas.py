"""A small SVG canvas: shapes that carry facts, drawn with ``currentColor`` so that any theme can read them.

Strokes and letters take the colour of the text around the picture; fills are one hue at low opacity, and
every hue comes with its own hatching, so that nothing is told by colour alone.
"""

import html
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STANDALONE = "<style>svg{color:#1c1b22}@media(prefers-color-scheme:dark){svg{color:#ececf1}}</style>"

# hue, opacity, hatching (an SVG path in an 8 by 8 tile, or nothing)
FILLS: dict[str, tuple[str, float, str]] = {
    "plain": ("#808080", 0.10, ""),
    "init": ("#d97706", 0.38, "M0 8 8 0"),
    "invoke": ("#2563eb", 0.42, ""),
    "error": ("#dc2626", 0.42, "M0 0 8 8M0 8 8 0"),
    "idle": ("#808080", 0.12, ""),
    "shutdown": ("#808080", 0.45, "M4 0V8"),
    "cost": ("#0d9488", 0.42, "M0 8 8 0"),
    "paper": ("#808080", 0.05, ""),
    "running": ("#2563eb", 0.34, "M0 4H8"),
    "succeeded": ("#16a34a", 0.34, ""),
    "caught": ("#d97706", 0.40, "M0 8 8 0"),
    "failed": ("#dc2626", 0.46, "M0 0 8 8M0 8 8 0"),
    "stopped": ("#7c3aed", 0.36, "M4 0V8"),
    "waiting": ("#808080", 0.14, "M0 8 8 0"),
}


def escape(text: object) -> str:
    """Any value as text that is safe inside SVG and HTML: no markup, no character unknown to XML."""
    return html.escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(text)), quote=True)


def shorten(text: str, characters: int) -> str:
    """The text, cut with an ellipsis when it is longer than `characters`."""
    return text if len(text) <= characters else text[: max(1, characters - 1)] + "…"


@dataclass(frozen=True)
class Picture:
    """A drawing and its text twin.

    `svg` is one ``<svg>`` element, made to stand inside a page; `standalone` is the same as a file of its
    own. `text` is plain text with one fact a line.
    """

    title: str
    svg: str
    text: str

    @property
    def standalone(self) -> str:
        """The drawing as an SVG file that knows light and dark by itself."""
        head, rest = self.svg.split(">", 1)
        return f"{head}>{_STANDALONE}{rest}"

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return (
            '<figure style="margin:0;overflow-x:auto">'
            f"{self.svg}"
            f"<details><summary>{escape(self.title)}: as text</summary>"
            f'<pre style="white-space:pre-wrap">{escape(self.text)}</pre></details></figure>'
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.text}


@dataclass
class Canvas:
    """Collects shapes and facts; `picture()` closes it.

    All measures are user units of a picture `width` units wide, close to CSS pixels on a laptop.
    """

    title: str
    width: int
    height: int = 0
    # How far the picture may shrink and grow with the page before it scrolls or stands still.
    scale: tuple[float, float] = (0.7, 1.25)
    _shapes: list[str] = field(default_factory=list)
    _facts: list[str] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)

    def begin_fact(self, fact: str, depth: int = 0) -> None:
        """Open a group: what is drawn until `end_fact` shows this fact. `depth` indents it in the text."""
        self._facts.append(f"{'  ' * depth}- {fact}")
        self._shapes.append(f'<g class="fact"><title>{escape(fact)}</title>')

    def end_fact(self) -> None:
        self._shapes.append("</g>")

    def note(self, line: str) -> None:
        """A heading or remark of the text twin only: no fact is in it."""
        self._open.append(line)

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        fill: str = "plain",
        *,
        radius: float = 4,
        outline: bool = True,
        hatched: bool = True,
        dashed: bool = False,
    ) -> None:
        """A rectangle in one of the `FILLS`, with its hatching."""
        self._used.add(fill)
        hue, opacity, hatch = FILLS[fill]
        place = f'x="{x:.1f}" y="{y:.1f}" width="{max(w, 0.5):.1f}" height="{h:.1f}" rx="{radius}"'
        line = 'stroke="currentColor" stroke-opacity="0.6"' if outline else 'stroke="none"'
        line += ' stroke-dasharray="4 3"' if outline and dashed else ""
        self._shapes.append(f'<rect {place} fill="{hue}" fill-opacity="{opacity}" {line}/>')
        if hatch and hatched:
            self._shapes.append(f'<rect {place} fill="url(#{{id}}-{fill})" stroke="none"/>')
        self.height = max(self.height, int(y + h + 8))

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, arrow: bool = False, dashed: bool = False
    ) -> None:
        end = ' marker-end="url(#{id}-arrow)"' if arrow else ""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self._shapes.append(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" fill="none" stroke="currentColor"{dash}{end}/>'
        )
        self.height = max(self.height, int(max(y1, y2) + 8))

    def path(
        self,
        data: str,
        *,
        arrow: bool = False,
        dashed: bool = False,
        weight: float = 1.0,
        strength: float = 1.0,
        filled: bool = False,
        at: tuple[float, float] | None = None,
        phase: float = 0.0,
    ) -> None:
        """Any SVG path, drawn from `at`; the caller sees to the height of the canvas."""
        looks = f'transform="translate({at[0]:.1f} {at[1]:.1f})"' if at else ""
        looks += f' stroke-width="{weight}"' if weight != 1 else ""
        looks += f' stroke-opacity="{strength}"' if strength != 1 else ""
        looks += f' stroke-dasharray="4 3" stroke-dashoffset="{phase:.1f}"' if dashed else ""
        looks += ' marker-end="url(#{id}-arrow)"' if arrow else ""
        fill = "currentColor" if filled else "none"
        self._shapes.append(
            f'<path d="{data}" fill="{fill}" stroke="currentColor" stroke-linejoin="round" {looks}/>'
        )

    def words(
        self, x: float, y: float, text: str, *, size: float = 13, bold: bool = False, anchor: str = "start"
    ) -> None:
        """One line of text with its baseline at y."""
        weight = ' font-weight="600"' if bold else ""
        where = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{weight}{where} fill="currentColor">'
            f"{escape(text)}</text>"
        )
        self.height = max(self.height, int(y + 8))

    def picture(self, summary: str) -> Picture:
        """Close the canvas. `summary` is the one sentence that a screen reader says first."""
        body = "".join(self._shapes)
        identity = f"p{zlib.crc32((self.title + summary + body).encode('utf-8', 'replace')):08x}"
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'aria-labelledby="{identity}-title {identity}-desc" viewBox="0 0 {self.width} {self.height}" '
            f'style="width:100%;min-width:{int(self.width * self.scale[0])}px;'
            f"max-width:{int(self.width * self.scale[1])}px;"
            'height:auto" '
            f'font-family="{escape(_FONT)}">'
            f'<title id="{identity}-title">{escape(self.title)}</title>'
            f'<desc id="{identity}-desc">{escape(summary)}</desc>'
            f"<defs>{''.join(_definitions(self._used))}</defs>{body}</svg>"
        ).replace("{id}", identity)
        text = "\n".join([self.title, summary, *self._facts, *self._open])
        return Picture(title=self.title, svg=svg, text=text)


def _definitions(used: Iterable[str]) -> list[str]:
    tiles = [
        f'<pattern id="{{id}}-{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<path d="{FILLS[name][2]}" stroke="currentColor" stroke-opacity="0.3"/></pattern>'
        for name in sorted(used)
        if FILLS[name][2]
    ]
    arrow = (
        '<marker id="{id}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'markerUnits="userSpaceOnUse" '
        'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="currentColor"/></marker>'
    )
    return [*tiles, arrow]
