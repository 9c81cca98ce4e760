"""Checks of E1, a package that is the same every time."""

from grader import Lab, check, mistake

from . import answer_of, built, deployed, names_in

HINTS = (
    "Open the zip: is each file where the handler name says? Build it twice, an hour apart: are the bytes "
    "equal?",
    "The path in the archive is the key of `files`, all of it. Three things make bytes differ: the time in "
    "each "
    "entry, the order of the entries, and the permissions. Fix all three.",
    "`for path in sorted(files):` … `zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))` … "
    "`archive.writestr(entry, files[path])`.",
)


def _project(lab: Lab) -> tuple[dict[str, str], str, int]:
    """Files of a project with folders, its handler, and the number that it answers with."""
    outer, inner = (
        "".join(lab.random.choice("abcdefghijklmnop") for _ in range(6)) + end for end in ("_o", "_i")
    )
    number = lab.random.randrange(1_000, 9_999)
    files = {
        f"{outer}/__init__.py": "",
        f"{outer}/{inner}/__init__.py": "",
        f"{outer}/{inner}/rates.py": f"NUMBER = {number}\n",
        f"{outer}/service.py": (
            f"from {outer}.{inner}.rates import NUMBER\n\n\ndef answer(event, context):\n"
            "    return NUMBER + event['plus']\n"
        ),
        "README.txt": "Prices of the day\n",
    }
    return files, f"{outer}.service.answer", number


@check("E1", points=1, hints=HINTS)
def keeps_every_path(lab: Lab) -> None:
    """Every file is in the archive, under its own path."""
    files, _, _ = _project(lab)
    lab.expect(sorted(names_in(built(lab, files))), sorted(files), where="the paths in the archive")


@check("E1", points=2, hints=HINTS, hidden=True, needs=("keeps_every_path",))
def runs_as_a_function(lab: Lab) -> None:
    """Lambda takes the archive, finds the handler in a folder, and its imports work."""
    files, handler, number = _project(lab)
    with deployed(lab, built(lab, files), handler) as name:
        lab.expect(answer_of(lab, name, {"plus": 7}), number + 7, where="the answer of the deployed package")


@check("E1", points=1, hints=HINTS, needs=("keeps_every_path",))
def gives_the_same_bytes(lab: Lab) -> None:
    """The same files give the same bytes: an hour later, and in another order."""
    files, _, _ = _project(lab)
    first = built(lab, files)
    lab.clock.advance(hours=1)
    if built(lab, files) != first:
        lab.fail(seen="other bytes", expected="the same bytes an hour later", where="what build_zip returns")
    if built(lab, dict(reversed(files.items()))) != first:
        lab.fail(
            seen="other bytes", expected="the same bytes in another order", where="what build_zip returns"
        )


@mistake(
    "E1-zips-the-folder",
    exercise="E1",
    hints=(
        "Open the zip: is `quotes` at the root, or in a folder of its own?",
        "Lambda unpacks the archive into `/var/task` and looks for the handler from there. A folder around "
        "everything is one level too many.",
        'The path in the archive is the key itself: `path`, not `f"project/{path}"`.',
    ),
)
def zips_the_folder(lab: Lab) -> bool | str:
    files, _, _ = _project(lab)
    names = names_in(built(lab, files))
    roots = {name.split("/")[0] for name in names}
    return (
        len(roots) == 1
        and sorted(name.split("/", 1)[-1] for name in names) == sorted(files)
        and f"everything is in the folder {roots.pop()}"
    )


@mistake(
    "E1-loses-the-folders",
    exercise="E1",
    hints=(
        "List the archive: where did the folders go?",
        "`quotes/api.py` and `rates/api.py` are two files. With only the last part of the path, one takes "
        "the "
        "other's place, and `import quotes` finds nothing.",
        "Take the whole key as the path; leave out `Path(path).name` or `os.path.basename`.",
    ),
)
def loses_the_folders(lab: Lab) -> bool | str:
    files, _, _ = _project(lab)
    names = names_in(built(lab, files))
    return (
        bool(names)
        and not any("/" in name for name in names)
        and f"the archive has no folders: {sorted(set(names))[:3]}"
    )


@mistake(
    "E1-keeps-the-time",
    exercise="E1",
    hints=(
        "Print `date_time` of an entry. Who wrote that time?",
        "`writestr` with a name puts the present time into the entry, so the package differs every two "
        "seconds. "
        "Give it a `ZipInfo` with a time that you choose.",
        "`entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))`, then `archive.writestr(entry, "
        "…)`.",
    ),
)
def keeps_the_time(lab: Lab) -> bool | str:
    files, _, _ = _project(lab)
    if sorted(names_in(first := built(lab, files))) != sorted(files):
        return False
    lab.clock.advance(hours=1)
    return built(lab, files) != first and "an hour later the bytes are others"


@mistake(
    "E1-keeps-the-order",
    exercise="E1",
    hints=(
        "Give the same files in another order. Which part of the archive changes?",
        "A dict keeps the order in which it was filled, and a file system has an order of its own. Put the "
        "paths "
        "into an order of yours before you write them.",
        "`for path in sorted(files):`",
    ),
)
def keeps_the_order(lab: Lab) -> bool | str:
    files, _, _ = _project(lab)
    first = built(lab, files)
    if sorted(names_in(first)) != sorted(files) or built(lab, files) != first:
        return False
    return built(lab, dict(reversed(files.items()))) != first and "in another order the bytes are others"
