"""Checks of E6, an archive from S3 that is unpacked into /tmp once, safely."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from grader import Failure, Lab, check, mistake

from . import all_cold, answer_of, configuration, downloads

HINTS = (
    "Call it twice, eleven minutes after the last call. What is in `/tmp` before the first call, and "
    "before the second?",
    "A new environment has an empty `/tmp`: download and unpack. Later calls find the folder. Ask whether "
    "it is there before you download.",
    '`folder = Path("/tmp", etag)`; `if not folder.exists(): …` download and unpack; `return folder`',
)
KEY_HINTS = (
    "Somebody puts a new archive. How does an environment that has the old one notice?",
    "Name the folder after the archive: its `ETag` changes when its content does. `head_object` tells it "
    "without a download.",
    '`etag = objects.head_object(**PLACE)["ETag"].strip(\'"\')`, and `folder = Path("/tmp", etag)`',
)
NAME_HINTS = (
    "Which names stand in the archive? Where would `calendar/../../evil.json` land?",
    "Look at every name before you unpack anything. One that begins with `/`, or has a part `..`, is a "
    "reason to refuse the whole archive.",
    '`if name.startswith("/") or ".." in name.split("/"): raise ValueError(name)`',
)
SIZE_HINTS = (
    "An archive of 3 MB can unpack to 3 GB. Which size did you look at? And how large is the function's "
    "`/tmp`?",
    "`file_size` of an entry is its size when unpacked; add them up before you unpack. The size of `/tmp` is "
    "configuration: `EphemeralStorage`.",
    '`sum(entry.file_size for entry in archive.infolist()) > LARGEST`; `EphemeralStorage={"Size": 1024}`',
)
HOME_HINTS = (
    "In which folder does the *next* call of this environment begin?",
    "`os.chdir` changes the process, and the process stays. Give whole paths instead.",
    'Leave `os.chdir` out; `archive.extractall("/tmp/…")` takes a folder.',
)
BUCKET, KEY, FUNCTION = "tradewind-reference", "calendar.zip", "trading-days"


def holidays(lab: Lab) -> dict[str, list[str]]:
    """Days that nobody has seen."""
    return {
        year: sorted(
            f"{year}-{lab.random.randrange(1, 13):02}-{lab.random.randrange(1, 29):02}" for _ in "ab"
        )
        for year in ("2026", "2027")
    }


def archive_of(days: dict[str, list[str]], **more: str) -> bytes:
    """A calendar as a zip; `more` are entries besides, with their names as keys."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("calendar/holidays.json", json.dumps(days))
        for name, text in more.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def claims(archive: bytes, *sizes: int) -> bytes:
    """The same archive, whose last entries say of themselves that they unpack to so many bytes."""
    place = len(archive)
    for size in reversed(sizes):
        place = archive.rindex(b"PK\x01\x02", 0, place)
        archive = archive[: place + 24] + size.to_bytes(4, "little") + archive[place + 28 :]
    return archive


@contextmanager
def calendar(lab: Lab, archive: bytes | None = None, *, cold: bool = False) -> Iterator[None]:
    """Another archive lies in S3 for as long as the block runs; `cold`: the next environment is new."""
    configuration(lab, FUNCTION)
    objects = lab.client("s3")
    before = objects.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
    if cold:
        all_cold(lab)
    try:
        if archive is not None:
            put(lab, archive)
        yield
    finally:
        put(lab, before)


def put(lab: Lab, archive: bytes) -> None:
    """Put this archive where the function looks for it."""
    lab.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=archive)


def ask(lab: Lab, year: str = "2027") -> Any:
    """What the function answers."""
    return answer_of(lab, FUNCTION, {"year": year})


def days_of(lab: Lab, year: str = "2027") -> Any:
    seen = ask(lab, year)
    return seen.get("holidays") if isinstance(seen, dict) else seen


def refused(lab: Lab, archives: list[bytes]) -> list[bool]:
    """For each archive, whether the function fails with it; afterwards a good one must work again."""
    good = holidays(lab)
    failed = []
    with calendar(lab):
        for archive in archives:
            put(lab, archive)
            failed.append(bool(lab.invoke(FUNCTION, {"year": "2027"}).function_error))
        if failed[-1]:
            # Once more: what a call left in /tmp must not be taken for a good calendar.
            failed[-1] = bool(lab.invoke(FUNCTION, {"year": "2027"}).function_error)
        if all(failed):
            put(lab, archive_of(good))
            lab.expect(days_of(lab), good["2027"], "the answer once a good archive is there again")
    return failed


def strange_names(lab: Lab) -> list[str]:
    word = f"f{lab.random.randrange(16**6):06x}.json"
    return [f"../{word}", f"calendar/../../{word}", f"/etc/{word}"]


@check("E6", points=1, hints=HINTS)
def unpacks_once(lab: Lab) -> None:
    """A new environment unpacks the archive; a warm call downloads nothing."""
    days = holidays(lab)
    with calendar(lab, archive_of(days), cold=True):
        before = downloads(lab, FUNCTION)
        lab.expect(days_of(lab), days["2027"], "the first call of a new environment")
        first = downloads(lab, FUNCTION)
        if first == before:
            raise Failure("a download", "none", "the first call of a new environment")
        for year in ("2026", "2027"):
            lab.expect(days_of(lab, year), days[year], "a warm call")
        lab.expect(downloads(lab, FUNCTION) - first, 0, "downloads of two warm calls")


@check("E6", points=1, hints=KEY_HINTS)
def notices_a_new_archive(lab: Lab) -> None:
    """When a new archive is there, the next call answers from it, and back again."""
    old, new = holidays(lab), holidays(lab)
    with calendar(lab, archive_of(old)):
        days_of(lab)
        for days in (new, old, new):
            put(lab, archive_of(days))
            lab.expect(days_of(lab), days["2027"], "the call after a new archive")


@check("E6", points=1, hints=NAME_HINTS)
def refuses_strange_names(lab: Lab) -> None:
    """An archive with an entry that points out of its folder is refused, and a good one works again."""
    days, names = holidays(lab), strange_names(lab)
    failed = refused(lab, [archive_of(days, **{name: "{}"}) for name in names])
    for name, well in zip(names, failed, strict=True):
        if not well:
            lab.fail("an answer", "an error of the function", f"an archive with the entry {name}")


@check("E6", points=1, hints=SIZE_HINTS)
def knows_how_much_fits(lab: Lab) -> None:
    """An archive that unpacks to more than 900 MB is refused, and 600 MB have room in `/tmp`."""
    size = lab.random.randrange(905, 3000) * 1024 * 1024
    large = claims(archive_of(holidays(lab), **{"calendar/prices.bin": "0" * 999}), size)
    if not all(refused(lab, [large])):
        lab.fail("an answer", "an error of the function", f"an archive that unpacks to {size >> 20} MB")
    two = {"calendar/prices.bin": "0" * 999, "calendar/volumes.bin": "1" * 999}
    half = lab.random.randrange(500, 850)
    halves = claims(archive_of(holidays(lab), **two), half << 20, half << 20)
    if not all(refused(lab, [halves])):
        lab.fail("an answer", "an error of the function", f"an archive with two files of {half} MB each")
    room = configuration(lab, FUNCTION)["EphemeralStorage"]["Size"]
    if room < 1024:
        lab.fail(f"{room} MB", "1024 MB or more", "EphemeralStorage of trading-days")


@check("E6", points=1, hints=HOME_HINTS)
def stays_at_home(lab: Lab) -> None:
    """The working directory is the same before and after."""
    with calendar(lab, cold=True):
        for which in ("first", "second"):
            seen = ask(lab)
            here = seen.get("at_home") if isinstance(seen, dict) else seen
            lab.expect(here, True, f"`at_home` in the answer of the {which} call")


def _failed(lab: Lab) -> str:
    """The error of the first call in a new environment, or nothing."""
    with calendar(lab, cold=True):
        seen = lab.invoke(FUNCTION, {"year": "2027"})
        return str(seen.error_type) if seen.function_error else ""


@mistake(
    "E6-assumes-the-cache",
    exercise="E6",
    hints=(
        "First call in a new environment?",
        "A new environment's `/tmp` is empty. The cache may be missing at any call, so look first, and "
        "fill it if it is.",
        "`if not folder.exists():` download and unpack.",
    ),
)
def assumes_the_cache(lab: Lab) -> bool | str:
    return _failed(lab) == "FileNotFoundError" and "the first call finds no file in /tmp"


@mistake(
    "E6-changes-the-directory",
    exercise="E6",
    hints=HOME_HINTS,
)
def changes_the_directory(lab: Lab) -> bool | str:
    with calendar(lab):
        seen = lab.invoke(FUNCTION, {"year": "2027"})
        away = isinstance(seen.payload, dict) and seen.payload.get("at_home") is False
    return away and "the process works in another folder now"


@mistake(
    "E6-downloads-each-time",
    exercise="E6",
    hints=(
        "Three calls in one environment. How many downloads?",
        "The folder of the last call is still there. If it is the one of this archive, return it at once.",
        "`if folder.exists(): return folder`, before `download_file`.",
    ),
)
def downloads_each_time(lab: Lab) -> bool | str:
    with calendar(lab):
        ask(lab)
        before = downloads(lab, FUNCTION)
        ask(lab)
        more = downloads(lab, FUNCTION) - before
    return more > 0 and "a warm call downloads the archive again"


@mistake(
    "E6-never-looks-again",
    exercise="E6",
    hints=(
        "A new calendar was put into S3 an hour ago. Which one does a warm environment use?",
        "A cache needs a key that changes with what it holds. The archive's `ETag` is one; name the "
        "folder after it.",
        '`etag = objects.head_object(**PLACE)["ETag"].strip(\'"\')`',
    ),
)
def never_looks_again(lab: Lab) -> bool | str:
    old, new = holidays(lab), holidays(lab)
    with calendar(lab, archive_of(old)):
        first = days_of(lab)
        put(lab, archive_of(new))
        second = days_of(lab)
    return first == second != new["2027"] and "the old calendar is used after a new one was put"


@mistake(
    "E6-unpacks-anything",
    exercise="E6",
    hints=(
        "Whom was the archive made by? Read its names before you unpack it.",
        "`extractall` takes `..` out of a name without a word, so the file lands among yours and may "
        "replace one. Refuse such an archive.",
        '`if name.startswith("/") or ".." in name.split("/"): raise ValueError(name)`',
    ),
)
def unpacks_anything(lab: Lab) -> bool | str:
    days, names = holidays(lab), strange_names(lab)
    failed = refused(lab, [archive_of(days, **{name: "{}"}) for name in names])
    return not all(failed) and f"an archive with {names[failed.index(False)]} is unpacked"


@mistake(
    "E6-weighs-the-zip",
    exercise="E6",
    hints=(
        "The zip has 3 MB. How many will it have in `/tmp`?",
        "The size of the file in S3 says nothing about what comes out of it. Each entry tells its "
        "`file_size`.",
        "`sum(entry.file_size for entry in archive.infolist())`",
    ),
)
def weighs_the_zip(lab: Lab) -> bool | str:
    large = claims(archive_of(holidays(lab), **{"calendar/prices.bin": "0"}), 2000 * 1024 * 1024)
    return not all(refused(lab, [large])) and "an archive that unpacks to 2,000 MB is not refused"


@mistake(
    "E6-no-room",
    exercise="E6",
    hints=(
        "How many MB has the `/tmp` of `trading-days`, and how many does the yearly archive need?",
        "512 MB is the default. `EphemeralStorage` asks for more; the zip itself needs room as well.",
        '`functions.update_function_configuration(FunctionName="trading-days", EphemeralStorage={"Size": '
        "1024})`",
    ),
)
def no_room(lab: Lab) -> bool | str:
    room = configuration(lab, FUNCTION)["EphemeralStorage"]["Size"]
    works = not lab.invoke(FUNCTION, {"year": "2027"}).function_error
    return works and room < 1024 and f"/tmp has {room} MB"


@mistake(
    "E6-weighs-one-file",
    exercise="E6",
    hints=(
        "Two files of 600 MB each: does each one fit, and do both?",
        "`/tmp` holds all files of the archive at the same time. Add up their sizes, then compare.",
        "`sum(entry.file_size for entry in archive.infolist())`",
    ),
)
def weighs_one_file(lab: Lab) -> bool | str:
    two = {"calendar/prices.bin": "0" * 999, "calendar/volumes.bin": "1" * 999}
    one = claims(archive_of(holidays(lab), **{"calendar/prices.bin": "0" * 999}), 2000 << 20)
    both = claims(archive_of(holidays(lab), **two), 700 << 20, 700 << 20)
    wrong = all(refused(lab, [one])) and not all(refused(lab, [both]))
    return wrong and "two files of 700 MB each are not refused"
