source = """
from statistics import mean


def lambda_handler(event, context):
    return {"average": mean(event["prices"])}
"""
labkit.deploy("average", source)
arn = states.list_executions(stateMachineArn=f"{MACHINES}:report", statusFilter="FAILED")["executions"][0]
states.redrive_execution(executionArn=arn["executionArn"])
cloud.clock.advance(minutes=1)
labkit.answer("E7", arn["executionArn"])
