"""What tests of several folders share."""

from collections.abc import Iterator

import pytest

from grader import Warm


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The warm processes, shared by all tests that grade: warming them takes seconds."""
    with Warm() as processes:
        yield processes
