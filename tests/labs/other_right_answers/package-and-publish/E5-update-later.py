functions.create_alias(FunctionName="pricer", Name="live", FunctionVersion="1")
functions.update_alias(
    FunctionName="pricer", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.10}}
)
MINIMUM = 30


def judge(stable, canary):
    if canary["calls"] < MINIMUM:
        return "wait"
    theirs = (stable["errors"] + 1) / (stable["calls"] + 2)
    ours = canary["errors"] / canary["calls"]
    if ours > max(0.05, 2 * theirs):
        return "roll back"
    if canary["calls"] > 300:
        return "promote"
    return "wait"


labkit.submit(judge, "E5")
