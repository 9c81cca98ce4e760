"""The sign of each status: a small drawing and a letter, so that colour is never the only sign."""

from labkit.pictures.canvas import Canvas

SIGNS = {
    "succeeded": "✔",
    "caught": "↷",
    "failed": "✘",
    "running": "▶",
    "stopped": "■",
    "not reached": "○",
}
WORDS = {
    "succeeded": "succeeded",
    "caught": "caught an error",
    "failed": "failed",
    "running": "running",
    "stopped": "stopped",
    "not reached": "not reached",
}
# In a square of 12 by 12: strokes, and whether they are filled.
_SHAPES = {
    "succeeded": ("M1.5 6.5 4.8 10 10.5 2", False),
    "caught": ("M1 8.5C2 1.5 9 1.5 9.6 7.5M6.6 5.6 9.7 8.4 11.6 4.6", False),
    "failed": ("M2 2 10 10M10 2 2 10", False),
    "running": ("M2.5 1.5 10.5 6 2.5 10.5z", True),
    "stopped": ("M2 2H10V10H2z", True),
    "not reached": ("M6 2.2A3.8 3.8 0 1 0 6.01 2.2z", False),
}


def draw_mark(canvas: Canvas, status: str, x: float, y: float) -> None:
    """The sign of a status with its upper left corner at x, y; 12 by 12 units."""
    data, filled = _SHAPES[status]
    canvas.path(data, weight=1 if filled else 2, filled=filled, at=(x, y))


def legend(canvas: Canvas, y: float, statuses: list[str]) -> None:
    """One line that explains the signs which the picture has."""
    x = 8.0
    for status in statuses:
        canvas.box(x, y, 20, 18, "plain" if status == "not reached" else status, radius=3)
        draw_mark(canvas, status, x + 4, y + 3)
        canvas.words(x + 26, y + 13, WORDS[status], size=12)
        x += 44 + 6.6 * len(WORDS[status])
