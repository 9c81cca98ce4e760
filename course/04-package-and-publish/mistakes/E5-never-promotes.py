# hint: A perfect canary has had 990 calls. What does your rule say?
point("live", "1", {"2": 0.1})


def judge(stable, canary):
    if canary["errors"] >= 5:
        usual = stable["errors"] / max(1, stable["calls"])
        if canary["errors"] / canary["calls"] > 2 * usual + 0.02:
            return "roll back"
    return "wait"


labkit.submit(judge, "E5")
