"""New courses and labs."""

import pytest
import yaml

from course_builder import new_course, new_lab
from course_builder.scaffold import with_lab
from grader.course import CourseError, load_course


def test_a_new_course_has_a_first_lab(course):
    assert course.title == "A tiny course"
    assert [lab.slug for lab in course.labs] == ["hello-cloud"]
    assert course.labs[0].points == 2


def test_labs_are_numbered_and_listed_in_order(course):
    assert new_lab(course.folder, "second", title='Say "hi": again').name == "01-second"
    assert new_lab(course.root, "third").name == "02-third"
    again = load_course(course.folder)
    assert [lab.slug for lab in again.labs] == ["hello-cloud", "second", "third"]
    assert again.labs[1].title == 'Say "hi": again'


@pytest.mark.parametrize("slug", ["Second", "a_b", "", "../x", "a b"])
def test_a_slug_is_lower_case_words(course, slug):
    with pytest.raises(CourseError, match="is no slug"):
        new_lab(course.folder, slug)


def test_nothing_is_overwritten(course, tmp_path):
    with pytest.raises(CourseError, match="is there already"):
        new_lab(course.folder, "hello-cloud")
    with pytest.raises(CourseError, match="not empty"):
        new_course(course.root)
    with pytest.raises(CourseError, match="`labkit new course DIR`"):
        new_lab(tmp_path / "nowhere", "x")


@pytest.mark.parametrize(
    "listing",
    [
        "labs: []\n",
        "labs: [a, b] # two\ntitle: x\n",
        "# head\nlabs:\n  - a  # one\n  - b\n\n# tail\ntitle: x\n",
        "labs:\n- a\n- b\npaths: {}\n",
        "title: x\n",
    ],
)
def test_a_lab_is_added_to_any_listing_without_touching_the_rest(listing):
    before, text = yaml.safe_load(listing), with_lab(listing, "new")
    after = yaml.safe_load(text)
    assert after.pop("labs") == [*(before.pop("labs", None) or []), "new"]
    assert after == before
    comments = [line.partition("#")[2] for line in listing.split("\n") if "#" in line]
    assert all(comment in text for comment in comments)
