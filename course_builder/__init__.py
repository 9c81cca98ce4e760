"""course_builder: one folder per lab becomes notebooks, solutions and site pages, and a proof of the course.

In reading order: `lab_cells` (lab.md → cells), `solution_marks` (what is cut), `notebooks` (learner's and
solution), `build` (the whole pass), `lint` and `proof` (what `verify` says), `pages` (the site), `scaffold`.
"""

from course_builder.build import build
from course_builder.output_folder import Changes
from course_builder.pages import site_pages
from course_builder.scaffold import new_course, new_lab
from course_builder.verify import verify

__all__ = ["Changes", "build", "new_course", "new_lab", "site_pages", "verify"]
