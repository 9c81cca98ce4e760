"""The `labkit` command: one function per word, each of which reads its options and calls the room that knows.

Exit codes: 0 all well · 1 a finding, a failed exercise · 2 it could not be done.
"""

# ruff: noqa: PLR0917 - Typer makes each parameter an option; nobody calls these by position

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from labkit.errors import LabkitError

if TYPE_CHECKING:
    from grader.course import Course, Finding

app = typer.Typer(
    name="labkit",
    help="AWS labs that run offline: notebooks, a cloud that really executes, an autograder.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
new_app = typer.Typer(
    help="Make a new course or a new lab, which builds and verifies at once.", no_args_is_help=True
)
app.add_typer(new_app, name="new")

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course's folder. Default: the one around this folder.")
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many to grade at once.")]


def main() -> None:
    """Run the command; a mistake of the person at the keyboard is one sentence and exit code 2."""
    from grader.course import CourseError

    try:
        app()
    except (LabkitError, CourseError) as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(str(error), style="red", markup=False)
        sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        from labkit import __version__

        print(f"labkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def start(
    port: Annotated[int | None, typer.Option(help="Default: the first free one from 8888.")] = None,
    browser: Annotated[
        bool | None, typer.Option("--browser/--no-browser", help="Default: where there is a screen.")
    ] = None,
    self_check: Annotated[bool, typer.Option(help="Check the kit before the first start.")] = True,
    course: CourseOption = None,
) -> None:
    """Open JupyterLab on the labs and print its address."""
    from labkit.jupyter import start

    raise typer.Exit(
        start(_course(course).root, port=port, browser=browser, check_first=self_check, say=_say)
    )


@app.command()
def cloud(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    clock: Annotated[str, typer.Option(help="live moves with real time; skip jumps over waiting.")] = "live",
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same ids.")] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Lambda's concurrency limit of an account: 1,000 unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> None:
    """Run an offline cloud for any client: boto3, the AWS CLI, curl."""
    from labkit.cloud_process import run_cloud

    if clock not in {"live", "skip"}:
        raise LabkitError(f"--clock is `{clock}`: it can be live or skip.")
    code = run_cloud(
        port=port, clock=clock, seed=seed, as_json=as_json, out=sys.stdout, concurrency=concurrency
    )
    raise typer.Exit(code)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def aws(context: typer.Context) -> None:
    """Run a command line of the AWS CLI, version 2, against the offline cloud that the environment names."""
    from labkit.aws_cli.command import main as aws_main

    raise typer.Exit(aws_main(context.args))


@app.command()
def check(
    what: Annotated[
        str | None, typer.Argument(help="A notebook, or a lab's slug. Default: this folder's.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Grade your own notebook, as the grader will: a new cloud, all cells from top to bottom."""
    from labkit.grading import check_own, own_notebook

    found = _course(course)
    raise typer.Exit(check_own(own_notebook(what, found), found, _console()))


@app.command()
def grade(
    files: Annotated[list[Path], typer.Argument(help="Notebooks, or folders with notebooks.")],
    lab: Annotated[str | None, typer.Option(help="Grade every notebook as this lab.")] = None,
    jobs: JobsOption = 1,
    seed: Annotated[int | None, typer.Option(help="Fixes the unseen inputs.")] = None,
    json_out: Annotated[
        str | None, typer.Option("--json", help="Write the reports here; - is the screen.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit XML report here.")] = None,
    timings: Annotated[bool, typer.Option(help="Add seconds to the JSON.")] = False,
    course: CourseOption = None,
) -> None:
    """Grade submissions: 0 all passed, 1 some did not, 2 some could not be graded."""
    from labkit.grading import grade_files

    raise typer.Exit(
        grade_files(
            files,
            _course(course),
            lab=lab,
            jobs=jobs,
            seed=seed,
            json_out=json_out,
            junit=junit,
            timings=timings,
            console=_console(stderr=json_out == "-"),
        )
    )


@app.command()
def build(
    labs: Annotated[list[str] | None, typer.Argument(help="Slugs. Default: every lab.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say what differs.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what was changed by hand, too.")] = False,
    execute: Annotated[bool, typer.Option(help="Run the solutions.")] = True,
    out: Annotated[Path | None, typer.Option(help="Write labs/ and solutions/ here.")] = None,
    course: CourseOption = None,
) -> None:
    """Make labs/ and solutions/ from course/."""
    from course_builder import build

    found = _course(course)
    console = _console()
    with console.status("Reading the course") as status:
        changes = build(
            found,
            out,
            check=check,
            execute_solutions=execute,
            force=force,
            only=_slugs(found, labs),
            on_lab=lambda lab: status.update(f"Building {lab.slug}"),
        )
    for path in changes.written:
        console.print(f"wrote {_short(path)}", markup=False)
    for path in changes.removed:
        console.print(f"removed {_short(path)}", markup=False)
    _print_findings(changes.findings, console)
    if not changes.findings:
        done = "Everything is up to date" if check or not changes.written else "Built"
        count = len(changes.written) + changes.unchanged
        console.print(f"{done}: {count} files, {changes.unchanged} of them unchanged.", style="green")
    raise typer.Exit(1 if changes.findings else 0)


@app.command()
def verify(
    labs: Annotated[list[str] | None, typer.Argument(help="Slugs. Default: every lab.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Grade each solution with this many seeds.")] = 3,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Default: the number of cores.")
    ] = None,
    grading: Annotated[bool, typer.Option("--grade/--no-grade", help="Leave out what needs a cloud.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    course: CourseOption = None,
) -> None:
    """Prove the course: solutions pass, starters fail, each mistake is met with its own hint."""
    from course_builder import verify

    found = _course(course)
    console = _console(stderr=as_json)
    with console.status("Proving the course") as status:
        findings = verify(
            found,
            seeds=tuple(range(1, seeds + 1)),
            jobs=jobs,
            only=_slugs(found, labs),
            grade=grading,
            on_progress=lambda done, total: status.update(f"Graded {done} of {total} notebooks"),
        )
    if as_json:
        print(json.dumps([{**dataclasses.asdict(f), "file": str(f.file)} for f in findings], indent=1))
    else:
        _print_findings(findings, console)
        if not findings:
            count = len(found.labs) if not labs else len(labs)
            console.print(f"Proved: {count} {'lab' if count == 1 else 'labs'}, no findings.", style="green")
    raise typer.Exit(1 if findings else 0)


@new_app.command("course")
def new_course(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, or empty.")],
    title: Annotated[str | None, typer.Option(help="Default: from the folder's name.")] = None,
) -> None:
    """Make a course with one small lab."""
    from course_builder import new_course

    made = new_course(folder, title)
    _say(f"Made {_short(made.folder)}. Next: cd {folder} && labkit build && labkit verify")


@new_app.command("lab")
def new_lab(
    slug: Annotated[str, typer.Argument(help="Lower-case words with dashes: my-first-lab.")],
    title: Annotated[str | None, typer.Option(help="Default: from the slug.")] = None,
    course: CourseOption = None,
) -> None:
    """Add a lab to the course."""
    from course_builder import new_lab

    made = new_lab(_course(course).folder, slug, title)
    _say(f"Made {_short(made)}. Next: edit its lab.md, then labkit build {slug} && labkit verify {slug}")


@app.command()
def docs(
    build: Annotated[bool, typer.Option("--build", help="Build the site into site/ instead.")] = False,
    port: Annotated[int, typer.Option(help="Serve it on this port.")] = 8000,
    course: CourseOption = None,
) -> None:
    """Serve the course's site on this machine."""
    from labkit.site import run_docs

    raise typer.Exit(run_docs(_course(course).root, build=build, port=port))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say what is missing on this machine, and what mends it."""
    from grader.course import CourseError, find_course
    from labkit.doctor import MISSING, OK, examine, healthy

    try:
        root: Path | None = find_course().root
    except CourseError:
        root = None
    items = []
    console = _console()
    for item in examine(root):
        items.append(item)
        if as_json:
            continue
        sign, style = {OK: ("✔", "green"), MISSING: ("✘", "red")}.get(item.state, ("–", "yellow"))
        console.print(f"{sign} {item.name}: {item.detail}", style=style, markup=False)
        if item.mend:
            console.print(f"    to mend it: {item.mend}", markup=False)
    well = healthy(items)
    if as_json:
        print(json.dumps({"healthy": well, "items": [dataclasses.asdict(item) for item in items]}, indent=1))
    else:
        console.print(
            "All that the labs need is here." if well else "Something that the labs need is missing."
        )
    raise typer.Exit(0 if well else 1)


def _course(folder: Path | None) -> Course:
    from grader.course import find_course, load_course

    return load_course(folder) if folder is not None else find_course()


def _slugs(course: Course, names: Sequence[str] | None) -> list[str] | None:
    """The slugs that were asked for; None for all. Refuses what is no lab."""
    if not names:
        return None
    try:
        return [course.lab(name).slug for name in names]
    except KeyError as error:
        raise LabkitError(str(error.args[0])) from None


def _print_findings(findings: Sequence[Finding], console: Console) -> None:
    for found in findings:
        place = _short(found.file) if found.line is None else f"{_short(found.file)}:{found.line}"
        console.print(f"{place}: {found.message}", markup=False)
    if findings:
        word = "finding" if len(findings) == 1 else "findings"
        console.print(f"{len(findings)} {word}.", style="red")


def _short(path: Path) -> str:
    """A path as seen from here, where that is shorter."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, soft_wrap=True, highlight=False)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
