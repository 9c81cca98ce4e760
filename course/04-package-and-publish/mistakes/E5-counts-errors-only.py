# hint: The feed is down, and both versions fail. Whose fault is that?
point("live", "1", {"2": 0.1})


def judge(stable, canary):
    if canary["errors"] >= 10:
        return "roll back"
    if canary["calls"] >= 500:
        return "promote"
    return "wait"


labkit.submit(judge, "E5")
