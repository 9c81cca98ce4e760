"""`labkit doctor`: what is missing on this machine, what it costs, and the command that mends it."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

OK, MISSING, OPTIONAL = "ok", "missing", "optional"

# What each protection of a graded submission is for, in a sentence's end.
_PROTECTIONS = {
    "user_ns": "other protections without administrator's rights",
    "mount_ns": "hiding the machine's files from a submission",
    "pid_ns": "hiding and ending every process of a submission",
    "network_ns": "keeping a submission off the network",
    "no_new_privs": "keeping a submission from gaining rights",
    "rlimits": "limits on memory, processes and files",
    "landlock": "a second fence around files",
    "seccomp": "a fence around system calls",
    "memory_limit": "ending what takes too much memory",
}


@dataclass(frozen=True)
class Item:
    """One thing looked at: `state` is ok, missing (the kit needs it) or optional; `mend` is what to do."""

    name: str
    state: str
    detail: str
    mend: str = ""


def examine(root: Path | None) -> Iterator[Item]:
    """Look at one thing after the other; `root` is the course's folder, if there is a course."""
    yield _python()
    yield from _packages()
    yield _kernel()
    yield _loopback()
    yield from _course(root)
    yield _cloud()
    yield from _protections()
    yield from _helpers()


def healthy(items: list[Item]) -> bool:
    """Whether nothing that the kit needs is missing."""
    return all(item.state != MISSING for item in items)


def _python() -> Item:
    version = ".".join(map(str, sys.version_info[:3]))
    return Item("Python", OK, f"{version}, {sys.executable}")


def _packages() -> Iterator[Item]:
    """Every requirement of the kit, with its extras `docs` and `test` as optional ones."""
    from packaging.requirements import Requirement

    try:
        required = importlib.metadata.requires("labkit") or []
    except importlib.metadata.PackageNotFoundError:
        yield Item("labkit", MISSING, "not installed", f"{sys.executable} -m pip install -e .")
        return
    wrong: dict[str, list[str]] = {"": [], "docs": [], "test": []}
    for text in required:
        requirement = Requirement(text)
        for extra, problems in wrong.items():
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
            only_extra = extra and (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
            if applies and not only_extra:
                problem = _package_problem(requirement.name, requirement.specifier.contains)
                if problem:
                    problems.append(problem)
    pip = f"{sys.executable} -m pip install -c constraints.txt -e"
    if wrong[""]:
        yield Item("packages", MISSING, "; ".join(wrong[""]), f"{pip} .")
    else:
        yield Item("packages", OK, "all that the kit requires")
    for extra, purpose in (("docs", "the site"), ("test", "the tests")):
        if wrong[extra]:
            yield Item(f"packages for {purpose}", OPTIONAL, "; ".join(wrong[extra]), f"{pip} '.[{extra}]'")


def _package_problem(name: str, fits: Callable[[str, bool], bool]) -> str | None:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is not installed"
    return None if fits(version, True) else f"{name} {version} is not the version that the kit needs"


def _kernel() -> Item:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        mend = f"{sys.executable} -m ipykernel install --sys-prefix"
        return Item("notebook kernel", MISSING, "Jupyter finds no kernel `python3`", mend)
    program = spec.argv[0] if spec.argv else ""
    if Path(program).is_absolute() and Path(program).resolve() != Path(sys.executable).resolve():
        mend = f"{sys.executable} -m ipykernel install --sys-prefix"
        return Item("notebook kernel", MISSING, f"`python3` runs {program}, another Python", mend)
    return Item("notebook kernel", OK, "python3")


def _loopback() -> Item:
    try:
        addresses = {entry[4][0] for entry in socket.getaddrinfo("localhost", None)}
        with socket.create_server(("localhost", 0)) as server:
            socket.create_connection(server.getsockname()[:2], timeout=5).close()
    except OSError as error:
        mend = "add the line `127.0.0.1 localhost` to the hosts file, and allow programs to listen on it"
        return Item("localhost", MISSING, f"can't be reached: {error}", mend)
    outside = sorted(str(address) for address in addresses if not str(address).startswith(("127.", "::1")))
    if outside:
        mend = "make `localhost` mean 127.0.0.1 in the hosts file"
        return Item("localhost", MISSING, f"means {', '.join(outside)}", mend)
    return Item("localhost", OK, "means this machine, and programs may listen on it")


def _course(root: Path | None) -> Iterator[Item]:
    if root is None:
        yield Item(
            "course",
            OPTIONAL,
            "no course here or above",
            "go to a course's folder, or `labkit new course DIR`",
        )
        return
    notebooks = len(list((root / "labs").glob("*/*.ipynb")))
    if not notebooks:
        yield Item("labs", MISSING, f"no notebook in {root / 'labs'}", "labkit build")
    else:
        yield Item("labs", OK, f"{notebooks} in {root / 'labs'}")


def _cloud() -> Item:
    from labkit.self_check import self_check

    seen = self_check()
    if seen.ok:
        return Item("cloud", OK, seen.sentence)
    mend = "run `labkit cloud` and read what it says; then report it with that text"
    return Item("cloud", MISSING, seen.sentence, mend)


def _protections() -> Iterator[Item]:
    from offline_cloud import isolation

    for name, holds in dataclasses.asdict(isolation.probe()).items():
        purpose = _PROTECTIONS.get(name, "isolation")
        if holds:
            yield Item(f"protection {name}", OK, purpose)
        else:
            yield Item(
                f"protection {name}", OPTIONAL, f"does not hold here: {purpose}", _protection_mend(name)
            )


def _protection_mend(name: str) -> str:
    if not sys.platform.startswith("linux"):
        return "grade strangers' notebooks on Linux; your own labs work as they are"
    if name.endswith("_ns"):
        return "allow user namespaces: `sudo sysctl -w user.max_user_namespaces=15000`"
    return "grade strangers' notebooks on a newer kernel; your own labs work as they are"


def _helpers() -> Iterator[Item]:
    """Programs that some part of the kit uses where they are."""
    for program, purpose, mend in (
        ("node", "running Node.js functions", "install Node.js 20 or newer"),
        ("git", "keeping your own course", "install git"),
    ):
        found = shutil.which(program)
        if found:
            yield Item(program, OK, found)
        else:
            yield Item(program, OPTIONAL, f"not found; used for {purpose}", mend)
    yield _chromium()


def _chromium() -> Item:
    """The machine's Chromium, or the one that Playwright brings."""
    purpose = "used by the browser tests only"
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return Item("Chromium", OK, found)
    if importlib.util.find_spec("playwright") is None:
        return Item("Chromium", OPTIONAL, f"not found; {purpose}", "install Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        program = browsers.chromium.executable_path
    if Path(program).exists():
        return Item("Chromium", OK, program)
    mend = f"{sys.executable} -m playwright install chromium"
    return Item("Chromium", OPTIONAL, f"not found; {purpose}", mend)
