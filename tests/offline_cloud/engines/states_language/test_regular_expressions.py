"""Regular expressions end, whatever they are applied to."""

import re

import pytest

from offline_cloud.engines.states_language.regular_expressions import Pattern, TookTooLong


@pytest.mark.parametrize("text", ["aab", "xxaab" * 20, "", "b" * 30, "a" * 30])
@pytest.mark.parametrize("pattern", ["a+b", "(?P<n>a)|b", "^a*$", r"[^\d]{2,}\Z"])
def test_it_finds_what_pythons_own_finds(pattern: str, text: str) -> None:
    own = re.search(pattern, text)
    found = Pattern(pattern).search(text)
    assert (found is None) is (own is None)
    if own is not None:
        assert (found[0], found.start(), found.groups()) == (own[0], own.start(), own.groups())
    assert Pattern(pattern).matches_all(text) is (re.fullmatch(pattern, text) is not None)


def test_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline_cloud.engines.states_language.regular_expressions._SECONDS", 0.01)
    with pytest.raises(TookTooLong):
        Pattern("(a|aa)+$").search("a" * 60 + "b")
    with pytest.raises(TookTooLong):
        Pattern("(a|aa)+").matches_all("a" * 60 + "b")


def test_what_is_no_pattern_is_said() -> None:
    with pytest.raises(re.error):
        Pattern("(")
