# hint: The first call of the canary failed. What do you know about it now?
point("live", "1", {"2": 0.1})


def judge(stable, canary):
    if canary["calls"] and canary["errors"] / canary["calls"] > 2 * stable["errors"] / max(1, stable["calls"]) + 0.02:
        return "roll back"
    if canary["calls"] >= 500:
        return "promote"
    return "wait"


labkit.submit(judge, "E5")
