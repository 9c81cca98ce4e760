"""The pictures of "How it is built", drawn with the kit's own canvas: each has a text twin."""

from __future__ import annotations

from labkit.pictures.canvas import Canvas, Picture

_ROOMS = (
    # name, what it does, what it imports
    ("labkit", "the command, and what a notebook imports", "imports the three below"),
    ("course_builder", "course/ to notebooks, solutions, pages", "imports grader"),
    ("grader", "judges a submission from outside", "imports offline_cloud"),
    ("offline_cloud", "AWS on this machine: moto and engines", "imports none of these"),
)
_CALL = (
    ("boto3, CLI, curl", "any client"),
    ("front", "journal, locks, errors"),
    ("moto_seams", "moto keeps records"),
    ("function_host", "runs the code"),
    ("environment", "one process"),
)
_TIMERS = (
    # what is due, minutes from now
    ("a delayed message can be read", 2),
    ("a handler's sleep ends", 5),
    ("an idle environment goes", 10),
    ("a function times out", 13),
)


def rooms() -> Picture:
    """The four packages, from the front door down; an arrow means "imports"."""
    width, left, box, height, step = 640, 150, 340, 54, 86
    canvas = Canvas("The four packages", width)
    for number, (name, does, imports) in enumerate(_ROOMS):
        y = 8 + number * step
        canvas.begin_fact(f"{name}: {does}; {imports}.")
        canvas.box(left, y, box, height, "invoke" if number == 0 else "plain")
        canvas.words(left + 14, y + 23, name, size=15, bold=True)
        canvas.words(left + 14, y + 42, does)
        if number:
            canvas.line(left + box / 2, y - step + height, left + box / 2, y - 2, arrow=True)
        canvas.end_fact()
    canvas.begin_fact("course/ is the only hand-written content: course_builder reads it.")
    canvas.box(6, 8 + step, 96, height, "idle")
    canvas.words(54, 8 + step + 32, "course/", anchor="middle", bold=True)
    canvas.line(102, 8 + step + height / 2, left - 2, 8 + step + height / 2, arrow=True)
    canvas.end_fact()
    canvas.begin_fact("labs/ and solutions/ are what course_builder writes.")
    canvas.box(width - 102, 8 + step, 96, height, "idle")
    canvas.words(width - 54, 8 + step + 24, "labs/", anchor="middle", bold=True)
    canvas.words(width - 54, 8 + step + 42, "solutions/", anchor="middle", bold=True)
    canvas.line(left + box, 8 + step + height / 2, width - 104, 8 + step + height / 2, arrow=True)
    canvas.end_fact()
    return canvas.picture("Each package imports only what stands below it. Nothing imports labkit.")


def a_call() -> Picture:
    """What a call passes on its way, and where the clock stands."""
    box, gap, height = 142, 18, 58
    canvas = Canvas("The way of a call", len(_CALL) * (box + gap))
    for number, (name, does) in enumerate(_CALL):
        x = 4 + number * (box + gap)
        canvas.begin_fact(f"Step {number + 1}, {name}: {does}.")
        canvas.box(x, 8, box, height, "plain" if number in {0, 4} else "invoke")
        canvas.words(x + box / 2, 33, name, bold=True, anchor="middle")
        canvas.words(x + box / 2, 52, does, size=12, anchor="middle")
        if number:
            canvas.line(x - gap, 8 + height / 2, x - 2, 8 + height / 2, arrow=True)
        canvas.end_fact()
    canvas.begin_fact("Clock and scheduler: front, seams and function_host ask them for the time.")
    first, last = 4 + box + gap, 4 + 3 * (box + gap) + box
    canvas.box(first, 104, last - first, 44, "init")
    canvas.words((first + last) / 2, 131, "clock and scheduler: one time for all", anchor="middle", bold=True)
    for number in (1, 2, 3):
        middle = 4 + number * (box + gap) + box / 2
        canvas.line(middle, 8 + height, middle, 102, arrow=True, dashed=True)
    canvas.end_fact()
    return canvas.picture("A Lambda call from the client to the process that runs the code.")


def time_ruler() -> Picture:
    """`advance(minutes=15)`: everything that is due on the way fires, in its order."""
    left, right, minutes, axis = 20, 620, 15, 92
    canvas = Canvas("What advance(minutes=15) does", 640)
    canvas.words(left, 20, "cloud.clock.advance(minutes=15)", size=14, bold=True)
    canvas.line(left, axis, right, axis, arrow=True)
    for minute in range(0, minutes + 1, 5):
        x = left + (right - left) * minute / minutes
        canvas.line(x, axis - 5, x, axis + 5)
        anchor = "start" if minute == 0 else "end" if minute == minutes else "middle"
        canvas.words(x, axis + 22, f"+{minute} min" if minute else "now", anchor=anchor)
    for number, (name, when) in enumerate(_TIMERS):
        x = left + (right - left) * when / minutes
        level = 44 + 20 * (number % 2)
        canvas.begin_fact(f"After {when} minutes: {name}.")
        canvas.line(x, level + 4, x, axis - 2, arrow=True)
        canvas.words(x, level, f"{number + 1}. {name}", size=12, anchor="middle")
        canvas.end_fact()
    return canvas.picture("Timers fire one after the other, and what each sets off ends before the next one.")
