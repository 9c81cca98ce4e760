"""Checks of E7, who mends what."""

from collections.abc import Mapping

from grader import Failure, Lab, check, mistake

HINTS = (
    "Which packages have a `FROM` line? Who has to build them again?",
    "AWS keeps operating systems and managed runtimes of zip functions up to date by itself. A runtime "
    "that you "
    "brought, and everything in an image that you built, stays as it is until you deploy again.",
    "Zip with a managed runtime: only the code is yours. Zip with `provided.al2023`: the runtime too. "
    "Images: all of it.",
)
PARTS = ("system", "runtime", "code")
_WORDS = {"aws": "AWS", "you": "you"}  # capitals are not what this is about
RIGHT = {
    "zip with python3.13": ("AWS", "AWS", "you"),
    "zip with provided.al2023": ("AWS", "you", "you"),
    "image from AWS's base image": ("you", "you", "you"),
    "image from debian": ("you", "you", "you"),
}


def _given(lab: Lab) -> Mapping[str, tuple[object, ...]]:
    answer = lab.answer("E7")
    if not isinstance(answer, dict):
        raise Failure("an object with the four packages", answer, 'labkit.answer("E7", …)')
    return {
        package: tuple(_WORDS.get(str(parts.get(part)).strip().lower(), parts.get(part)) for part in PARTS)
        for package, parts in answer.items()
        if isinstance(parts, dict)
    }


def _expect(lab: Lab, packages: tuple[str, ...]) -> None:
    given = _given(lab)
    for package in packages:
        expected = dict(zip(PARTS, RIGHT[package], strict=True))
        seen = dict(zip(PARTS, given.get(package, ()), strict=False))
        lab.expect(seen, expected, where=f"the row “{package}”")


@check("E7", points=1, hints=HINTS)
def knows_the_zip_packages(lab: Lab) -> None:
    """You know who mends system, runtime and code of a zip package."""
    _expect(lab, ("zip with python3.13", "zip with provided.al2023"))


@check("E7", points=1, hints=HINTS)
def knows_the_images(lab: Lab) -> None:
    """You know who mends system, runtime and code of an image that is deployed."""
    _expect(lab, ("image from AWS's base image", "image from debian"))


@mistake(
    "E7-aws-mends-its-base-image",
    exercise="E7",
    hints=(
        "AWS publishes a new base image. Does that change the image that you built last month?",
        "AWS mends the base image in its registry. Your image holds a copy of the old one, and the "
        "function runs your "
        "image: you build and deploy again.",
        'In the row "image from AWS\'s base image" all three are "you".',
    ),
)
def aws_mends_its_base_image(lab: Lab) -> bool | str:
    return "AWS" in _given(lab).get("image from AWS's base image", ()) and "the base image is mended by AWS"


@mistake(
    "E7-provided-is-managed",
    exercise="E7",
    hints=(
        "`provided.al2023`: what is provided, and what did you put beside your code?",
        "With an OS-only runtime AWS provides the operating system. The program that speaks with Lambda is "
        "in your "
        "package, and you mend it.",
        'In that row: system "AWS", runtime "you", code "you".',
    ),
)
def provided_is_managed(lab: Lab) -> bool | str:
    row = _given(lab).get("zip with provided.al2023", ())
    return row[1:2] == ("AWS",) and "the runtime of provided.al2023 is said to be AWS's"


@mistake(
    "E7-all-yours",
    exercise="E7",
    hints=(
        "A zip for `python3.13`: where did its Python interpreter come from?",
        "A zip package holds code and libraries. Operating system and interpreter are AWS's, and AWS mends "
        "them "
        "while your function runs.",
        'In that row: system "AWS", runtime "AWS", code "you".',
    ),
)
def all_yours(lab: Lab) -> bool | str:
    return _given(lab).get("zip with python3.13", ())[:1] == ("you",) and "a zip's system is said to be yours"
