def lint(asl):
    import json

    class Obj(list):
        def get(self, key, default=None):
            return next((v for k, v in self if k == key), default)

        def __contains__(self, key):
            return any(k == key for k, _ in self)

    try:
        root = json.loads(asl, object_pairs_hook=Obj)
    except json.JSONDecodeError:
        return ["json"]
    bad = []
    seen = set()

    def say(word):
        if word not in bad:
            bad.append(word)

    todo = [root]
    while todo:
        machine = todo.pop()
        states = machine.get("States", Obj())
        names = {name for name, _ in states}
        aimed = {machine.get("StartAt")}
        if machine.get("StartAt") not in names:
            say("next")
        ends = False
        for name, state in states:
            if name in seen:
                say("duplicate")
            seen.add(name)
            arrows = [state.get("Next"), state.get("Default")]
            for rule in list(state.get("Choices", [])) + list(state.get("Catch", [])):
                arrows.append(rule.get("Next"))
            for arrow in arrows:
                if arrow is None:
                    continue
                aimed.add(arrow)
                if arrow not in names:
                    say("next")
            kind = state.get("Type")
            if kind in ("Succeed", "Fail") or state.get("End") is True:
                ends = True
            if kind not in ("Choice", "Succeed", "Fail") and "Next" not in state and "End" not in state:
                say("end")
            todo.extend(state.get("Branches", []))
            if "ItemProcessor" in state:
                todo.append(state.get("ItemProcessor"))
        if names - aimed:
            say("unreachable")
        if not ends:
            say("terminal")
    return bad
