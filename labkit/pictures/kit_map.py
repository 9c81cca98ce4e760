"""The kit on one page: who calls whom between your notebook and the grader."""

from labkit.pictures.canvas import Canvas, Picture

_WIDTH = 480
_LEFT, _RIGHT, _BOX_WIDTH = 6, 292, 182
_ROWS = {"Your notebook": 34, "Clock": 134, "Grader": 234}
_PARTS: tuple[tuple[str, str, str], ...] = (
    # name, what it is, what it does: each fits on one line of its box
    ("Your notebook", "your Python, with boto3", "sends API calls"),
    ("Mock cloud", "one process of its own", "answers like AWS"),
    ("Clock", "the time of this cloud", "can jump forward"),
    ("Meter", "counts what you use", "writes the bill"),
    ("Grader", "checks from outside", "tries inputs of its own"),
)
_ARROWS: tuple[tuple[str, str, str], ...] = (
    ("Your notebook", "Mock cloud", "API calls"),
    ("Clock", "Mock cloud", "the time"),
    ("Grader", "Mock cloud", "API calls"),
    ("Mock cloud", "Meter", "usage"),
)
_CLOUD_TOP, _CLOUD_BOTTOM, _METER_TOP, _HEIGHT = 34, 308, 348, 74


def kit_map() -> Picture:
    """The five parts of the kit and the four ways in which they talk; no data: the kit is always this."""
    canvas = Canvas("Kit map", _WIDTH)
    canvas.words(_LEFT, 18, "All of this runs on one computer: yours", size=14)
    for name, what, does in _PARTS:
        canvas.begin_fact(f"{name}: {what}; {does}.")
        x, y, height = _place(name)
        canvas.box(x, y, _BOX_WIDTH, height)
        middle = y + height / 2
        canvas.words(x + 12, middle - 14, name, size=15, bold=True)
        canvas.words(x + 12, middle + 6, what)
        canvas.words(x + 12, middle + 24, does)
        canvas.end_fact()
    for source, target, label in _ARROWS:
        canvas.begin_fact(f"{source} to {target}: {label}.")
        if target == "Mock cloud":
            y = _ROWS[source] + 24
            canvas.line(_LEFT + _BOX_WIDTH, y, _RIGHT - 2, y, arrow=True)
            canvas.words((_LEFT + _BOX_WIDTH + _RIGHT) / 2, y - 8, label, anchor="middle")
        else:
            canvas.line(_RIGHT + 90, _CLOUD_BOTTOM, _RIGHT + 90, _METER_TOP - 2, arrow=True)
            canvas.words(_RIGHT + 100, (_CLOUD_BOTTOM + _METER_TOP) / 2 + 5, label)
        canvas.end_fact()
    return canvas.picture("Five parts on one computer. No call leaves it.")


def _place(name: str) -> tuple[int, int, int]:
    if name == "Mock cloud":
        return _RIGHT, _CLOUD_TOP, _CLOUD_BOTTOM - _CLOUD_TOP
    if name == "Meter":
        return _RIGHT, _METER_TOP, _HEIGHT
    return _LEFT, _ROWS[name], _HEIGHT
