# hint: States live in branches too. Does your function go there?
def lint(asl):
    import json

    names, words = [], set()

    def pairs(items):
        if len({key for key, _ in items}) < len(items):
            words.add("duplicate")
        return dict(items)

    def arrows(state):
        found = [state.get("Next"), state.get("Default")]
        found += [rule.get("Next") for rule in state.get("Choices", []) + state.get("Catch", [])]
        return [target for target in found if target]

    def look(level):
        inside = level["States"]
        names.extend(inside)
        targets = {target for state in inside.values() for target in arrows(state)} | {level["StartAt"]}
        if targets - set(inside):
            words.add("next")
        if set(inside) - targets:
            words.add("unreachable")
        ends = False
        for state in inside.values():
            stops = state["Type"] in ("Succeed", "Fail") or state.get("End", False)
            ends = ends or stops
            if not stops and state["Type"] != "Choice" and "Next" not in state:
                words.add("end")
        if not ends:
            words.add("terminal")

    try:
        machine = json.loads(asl, object_pairs_hook=pairs)
    except ValueError:
        return ["json"]
    look(machine)
    if len(set(names)) < len(names):
        words.add("duplicate")
    return sorted(words)
