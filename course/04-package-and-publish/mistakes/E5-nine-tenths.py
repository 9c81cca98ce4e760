# hint: Call `pricer:live` a hundred times. Which version do most customers get?
point("live", "1", {"2": 0.9})


def judge(stable, canary):
    if canary["errors"] >= 5:
        usual = stable["errors"] / max(1, stable["calls"])
        if canary["errors"] / canary["calls"] > 2 * usual + 0.02:
            return "roll back"
    if canary["calls"] >= 500:
        return "promote"
    return "wait"


labkit.submit(judge, "E5")
