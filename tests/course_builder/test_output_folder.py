"""Nobody's work is overwritten."""

import json

from course_builder.output_folder import MANIFEST, write

FILES = {"00-a/a.ipynb": b"a", "00-a/data.csv": b"1,2", "01-b/b.ipynb": b"b"}


def there(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_writing_makes_the_folder_hold_the_files(tmp_path):
    changes = write(tmp_path / "labs", FILES)
    assert len(changes.written) == 3
    assert not changes.findings
    found = there(tmp_path / "labs")
    assert set(json.loads(found.pop(MANIFEST))) == set(FILES)
    assert found == FILES


def test_writing_again_changes_nothing(tmp_path):
    write(tmp_path, FILES)
    before = there(tmp_path)
    changes = write(tmp_path, FILES)
    assert (changes.written, changes.removed, changes.unchanged, changes.findings) == ([], [], 3, [])
    assert there(tmp_path) == before


def test_what_a_person_wrote_or_changed_stays(tmp_path):
    write(tmp_path, FILES)
    (tmp_path / "00-a" / "a.ipynb").write_bytes(b"my own work")
    (tmp_path / "00-a" / "notes.txt").write_bytes(b"mine")
    changes = write(tmp_path, FILES | {"00-a/a.ipynb": b"new", "00-a/notes.txt": b"generated"})
    assert there(tmp_path)["00-a/a.ipynb"] == b"my own work"
    assert there(tmp_path)["00-a/notes.txt"] == b"mine"
    assert [found.file.name for found in changes.findings] == ["a.ipynb", "notes.txt"]
    assert all("--force" in found.message for found in changes.findings)
    assert len(write(tmp_path, FILES | {"00-a/a.ipynb": b"new"}).findings) == 1, "it stays protected"


def test_force_overwrites(tmp_path):
    write(tmp_path, FILES)
    (tmp_path / "00-a" / "a.ipynb").write_bytes(b"my own work")
    assert not write(tmp_path, FILES, force=True).findings
    assert there(tmp_path)["00-a/a.ipynb"] == b"a"


def test_what_is_no_longer_generated_goes_unless_changed(tmp_path):
    write(tmp_path, FILES)
    (tmp_path / "00-a" / "data.csv").write_bytes(b"mine")
    changes = write(tmp_path, {"00-a/a.ipynb": b"a"})
    assert set(there(tmp_path)) == {"00-a/a.ipynb", "00-a/data.csv", MANIFEST}
    assert [path.name for path in changes.removed] == ["b.ipynb"]
    assert not (tmp_path / "01-b").exists()
    assert [found.file.name for found in changes.findings] == ["data.csv"]


def test_checking_writes_nothing_and_names_each_difference(tmp_path):
    write(tmp_path, FILES)
    (tmp_path / "01-b" / "b.ipynb").unlink()
    before = there(tmp_path)
    changes = write(tmp_path, {"00-a/a.ipynb": b"new", "01-b/b.ipynb": b"b"}, check=True)
    assert there(tmp_path) == before
    said = {found.file.name: found.message for found in changes.findings}
    assert "differs" in said["a.ipynb"]
    assert "is not there" in said["b.ipynb"]
    assert "no longer generated" in said["data.csv"]
    assert not write(tmp_path / "x", {}, check=True).findings


def test_one_lab_can_be_written_alone(tmp_path):
    write(tmp_path, FILES)
    changes = write(tmp_path, {"00-a/a.ipynb": b"new"}, only=("00-a",))
    assert [path.name for path in changes.written] == ["a.ipynb"]
    assert [path.name for path in changes.removed] == ["data.csv"]
    assert there(tmp_path)["01-b/b.ipynb"] == b"b"
    assert not write(tmp_path, {"00-a/a.ipynb": b"new", "01-b/b.ipynb": b"b"}, check=True).findings
