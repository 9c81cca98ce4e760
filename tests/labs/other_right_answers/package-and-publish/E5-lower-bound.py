functions.create_alias(
    FunctionName="pricer", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}}
)


def judge(stable, canary):
    n, bad = canary["calls"], canary["errors"]
    if n < 20:
        return "wait"
    rate = bad / n
    error = (rate * (1 - rate) / n) ** 0.5
    expected = stable["errors"] / stable["calls"]
    if bad >= 4 and rate - 2 * error > 1.5 * expected + 0.01:
        return "roll back"
    return "promote" if n >= 900 else "wait"


labkit.submit(judge, "E5")
