# hint: Who meets version 2, with this alias?
point("live", "1", {})


def judge(stable, canary):
    if canary["errors"] >= 5:
        usual = stable["errors"] / max(1, stable["calls"])
        if canary["errors"] / canary["calls"] > 2 * usual + 0.02:
            return "roll back"
    if canary["calls"] >= 500:
        return "promote"
    return "wait"


labkit.submit(judge, "E5")
