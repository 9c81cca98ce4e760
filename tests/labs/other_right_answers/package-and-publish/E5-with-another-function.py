point("live", "1", {"2": 0.1})
ENOUGH = 200


def rate(count):
    return count["errors"] / count["calls"] if count["calls"] else 0


def judge(stable, canary):
    worse = rate(canary) > 0.1 and rate(canary) > 3 * rate(stable)
    if canary["errors"] > 6 and worse:
        return "roll back"
    return "promote" if canary["calls"] >= ENOUGH else "wait"


labkit.submit(judge, "E5")
