import json
from collections import Counter


class Level:
    """A list of states, also with equal names."""

    def __init__(self, machine):
        self.start = dict(machine)["StartAt"]
        self.states = [(name, dict(state)) for name, state in dict(machine)["States"]]

    def targets(self):
        for _, state in self.states:
            rules = [dict(rule) for rule in state.get("Choices", []) + state.get("Catch", [])]
            for holder in [state, *rules]:
                yield from (holder[key] for key in ("Next", "Default") if key in holder)


def levels(machine):
    level = Level(machine)
    yield level
    for _, state in level.states:
        for branch in state.get("Branches", []):
            yield from levels(branch)
        if "ItemProcessor" in state:
            yield from levels(state["ItemProcessor"])


def lint(asl):
    try:
        found = list(levels(json.loads(asl, object_pairs_hook=lambda pairs: pairs)))
    except ValueError:
        return ("json",)
    words = []
    counts = Counter(name for level in found for name, _ in level.states)
    if any(count > 1 for count in counts.values()):
        words.append("duplicate")
    names = [{name for name, _ in level.states} for level in found]
    if any(target not in here for level, here in zip(found, names) for target in level.targets()):
        words.append("next")
    if any(here - {level.start, *level.targets()} for level, here in zip(found, names)):
        words.append("unreachable")
    ends = ("Succeed", "Fail")
    for level in found:
        kinds = [state["Type"] for _, state in level.states]
        if not any(state.get("End") for _, state in level.states) and not set(kinds) & set(ends):
            words.append("terminal")
        for _, state in level.states:
            if state["Type"] not in ("Choice", *ends) and "Next" not in state and "End" not in state:
                words.append("end")
    return tuple(words)
