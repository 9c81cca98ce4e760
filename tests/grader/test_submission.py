"""What is handed in may be anything."""

import json
import os
import tarfile
import zipfile
from io import BytesIO

import pytest

from grader.submission import LARGEST_MB, Unreadable, read_submission


def notebook(*sources, tags=(), **metadata):
    cells = [{"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}} for source in sources]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def refused(path):
    with pytest.raises(Unreadable) as caught:
        read_submission(path)
    return str(caught.value)


def packed(kind):
    buffer = BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("../../evil.py", "1")
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            archive.addfile(tarfile.TarInfo("../../evil.py"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\x80\x04\x95", "not text in UTF-8"),
        (b"\xff\xfe{\x00}\x00", "not text in UTF-8"),
        (b"[]", "no notebook"),
        (b"3", "no notebook"),
        (b'{"cells": {}}', "no notebook"),
        (b'{"worksheets": []}', "format 3"),
        (b'{"cells": []}', "no code cell"),
        (b'{"cells": [1, null, {"cell_type": 3}]}', "no code cell"),
        (b"[" * 100_000, "nested too deeply"),
        pytest.param(packed("zip"), "archive", id="zip"),
        pytest.param(packed("tar"), "archive", id="tar"),
        (json.dumps({"cells": [{}] * 2001}).encode(), "2001 cells"),
    ],
)
def test_what_is_no_notebook_is_one_sentence(tmp_path, content, said):
    file = tmp_path / "lab.ipynb"
    file.write_bytes(content)
    assert said in refused(file)


def test_a_file_that_is_not_there(tmp_path):
    assert "can't be read" in refused(tmp_path / "none.ipynb")


def test_a_folder(tmp_path):
    assert "folder" in refused(tmp_path)


def test_a_pipe_does_not_make_it_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    assert "no ordinary file" in refused(tmp_path / "pipe.ipynb")


def test_a_huge_file_is_not_read(tmp_path):
    file = tmp_path / "lab.ipynb"
    with file.open("wb") as opened:
        opened.truncate((LARGEST_MB + 1) * 2**20)
    assert "largest" in refused(file)


def test_a_link_out_of_its_folder(tmp_path):
    (tmp_path / "secret.ipynb").write_text(notebook("1"))
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "out.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (inner / "loop.ipynb").symlink_to(inner / "loop.ipynb")
    (inner / "own.ipynb").write_text(notebook("1"))
    (inner / "in.ipynb").symlink_to(inner / "own.ipynb")
    assert "link" in refused(inner / "out.ipynb")
    assert "can't be read" in refused(inner / "loop.ipynb")
    assert read_submission(inner / "in.ipynb").cells[0].source == "1"


def test_line_ends_and_sources_in_pieces(tmp_path):
    file = tmp_path / "lab.ipynb"
    text = notebook("a\r\nb\rc").replace('"a', '["a').replace('c"', 'c", "\\nd", 5]')
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_submission(file).cells[0].source == "a\nb\nc\nd"


def test_exercises_are_found_by_tag_and_by_call(tmp_path):
    file = tmp_path / "lab.ipynb"
    calls = (
        'labkit.check("E2")',
        "labkit.submit(f, 'E3')",
        'predict("E4", 1)',
        'x = "E5"',
        "answer('E6', 1)",
    )
    file.write_text(notebook(*calls))
    assert [cell.exercises for cell in read_submission(file).cells] == [
        ("E2",),
        ("E3",),
        ("E4",),
        (),
        ("E6",),
    ]
    file.write_text(notebook("1", tags=["exercise", "E1", "Ex", 7, "E12"]))
    assert read_submission(file).cells[0].exercises == ("E1", "E12")


def test_checks_run_after_the_check_cell_or_before_the_next_exercise(tmp_path):
    file = tmp_path / "lab.ipynb"
    file.write_text(
        notebook('answer("E1", 1)', "deploy()", 'check("E1")', "reset()", 'answer("E2", 1)', "deploy()")
    )
    assert read_submission(file).last_cells() == {"E1": 2, "E2": 5}


def test_the_lab_is_named_by_metadata_or_by_what_is_opened(tmp_path):
    file = tmp_path / "lab.ipynb"
    opening = 'cloud = labkit.open("first-function")'
    file.write_text(notebook(opening, labkit={"lab": "orientation"}))
    assert read_submission(file).lab == "orientation"
    for metadata in ({}, {"labkit": 3}, {"labkit": {"lab": ["x"]}}):
        file.write_text(notebook("1", opening, **metadata))
        assert read_submission(file).lab == "first-function"
    file.write_text(notebook('# labkit.open("first-function")'))
    assert read_submission(file).lab is None


def test_the_seed_depends_on_the_code_only(tmp_path):
    one, other, third = (tmp_path / f"{name}.ipynb" for name in "abc")
    one.write_text(notebook("a", "b"))
    other.write_text(notebook("a", "b", labkit={"lab": "x"}))
    third.write_text(notebook("a", "c"))
    seeds = [read_submission(file).seed for file in (one, other, third)]
    assert seeds[0] == seeds[1] != seeds[2]
