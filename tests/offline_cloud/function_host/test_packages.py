"""Packages: refused as Lambda refuses them, unpacked once, never outside their directory."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from offline_cloud.function_host.packages import BadPackage, PackageStore, check


def zipped(files: dict[str, str | bytes], modes: dict[str, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, 0o600) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


@pytest.mark.parametrize("archive", [b"", b"no zip at all", zipped({"a.py": "x" * 500})[:-40]])
def test_what_is_no_zip(archive: bytes) -> None:
    with pytest.raises(BadPackage, match="Could not unzip uploaded file"):
        check(archive)


def test_a_damaged_member() -> None:
    archive = bytearray(zipped({"a.py": "x" * 500}))
    archive[60] ^= 0xFF
    with pytest.raises(BadPackage, match="Could not unzip uploaded file"):
        check(bytes(archive))


def test_an_empty_zip() -> None:
    with pytest.raises(BadPackage, match="non-empty zip"):
        check(zipped({}))


def test_too_large_unpacked_is_refused_by_what_the_zip_says() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(26):
            archive.writestr(f"zeros{at}", b"\0" * 10_485_760)
    with pytest.raises(BadPackage, match="Unzipped size must be smaller than 262144000 bytes"):
        check(buffer.getvalue())


def test_the_same_content_is_unpacked_once(tmp_path: Path) -> None:
    store = PackageStore(tmp_path / "packages")
    archive = zipped({"lambda_function.py": "x = 1\n", "lib/data.txt": "d"})
    first, second = store.package(archive), store.package(archive)
    assert first is second
    assert (first.path / "lambda_function.py").read_text() == "x = 1\n"
    assert (first.path / "lib" / "data.txt").read_text() == "d"


def test_everybody_may_read_and_a_program_may_run(tmp_path: Path) -> None:
    package = PackageStore(tmp_path).package(zipped({"a.py": "", "tool": "#!/bin/sh\n"}, {"tool": 0o700}))
    assert stat.S_IMODE((package.path / "a.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((package.path / "tool").stat().st_mode) == 0o755


def test_names_cannot_leave_the_package(tmp_path: Path) -> None:
    archive = zipped({"../../escaped.py": "x", "/etc/absolute.py": "y", "ok.py": ""})
    package = PackageStore(tmp_path / "deep" / "packages").package(archive)
    assert not list(tmp_path.glob("escaped.py"))
    assert sorted(str(path.relative_to(package.path)) for path in package.path.rglob("*.py")) == [
        "escaped.py",
        "etc/absolute.py",
        "ok.py",
    ]


def test_links_stay_inside(tmp_path: Path) -> None:
    link = stat.S_IFLNK | 0o777
    archive = zipped(
        {"real.py": "x = 1", "alias.py": "real.py", "out.py": "/etc/passwd", "up.py": "../../x"},
        {"alias.py": link, "out.py": link, "up.py": link},
    )
    package = PackageStore(tmp_path).package(archive)
    assert (package.path / "alias.py").read_text() == "x = 1"
    assert not (package.path / "out.py").exists()
    assert not (package.path / "up.py").is_symlink()


def test_layers_lie_on_each_other_later_ones_on_top(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)
    lower = store.package(zipped({"python/a.py": "lower", "python/b.py": "lower"})).path
    upper = store.package(zipped({"python/b.py": "upper"})).path
    merged = store.layered((lower, upper))
    assert merged is not None
    assert (merged / "python" / "a.py").read_text() == "lower"
    assert (merged / "python" / "b.py").read_text() == "upper"
    assert store.layered((lower,)) == lower
    assert store.layered(()) is None


def test_clear_deletes_everything(tmp_path: Path) -> None:
    store = PackageStore(tmp_path / "packages")
    package = store.package(zipped({"a.py": ""}))
    store.clear()
    assert not package.path.exists()
    assert store.package(zipped({"a.py": ""})).path.exists()
