def lint(asl):
    import json

    twice = set()

    def keep(pairs):
        keys = [key for key, _ in pairs]
        twice.update(key for key in keys if keys.count(key) > 1)
        return dict(pairs)

    def arrows(state):
        rules = state.get("Choices", []) + state.get("Catch", [])
        targets = [state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)]
        return {target for target in targets if target}

    def look(level, names, found):
        inside = level["States"]
        found |= {"next" for state in inside.values() for target in arrows(state) if target not in inside}
        reached, todo = set(), [level["StartAt"]]
        while todo:
            name = todo.pop()
            if name in inside and name not in reached:
                reached.add(name)
                todo.extend(arrows(inside[name]))
        if reached != set(inside):
            found.add("unreachable")
        if not any(s.get("End") or s["Type"] in {"Succeed", "Fail"} for s in inside.values()):
            found.add("terminal")
        for name, state in inside.items():
            if name in names:
                found.add("duplicate")
            names.add(name)
            if state["Type"] not in {"Choice", "Succeed", "Fail"} and not {"Next", "End"} & set(state):
                found.add("end")
            processor = [state["ItemProcessor"]] if "ItemProcessor" in state else []
            for lower in state.get("Branches", []) + processor:
                look(lower, names, found)
        return found

    try:
        machine = json.loads(asl, object_pairs_hook=keep)
    except json.JSONDecodeError:
        return ["json"]
    found = look(machine, set(), set())
    return sorted(found | ({"duplicate"} if twice else set()))
