states.redrive_execution(executionArn=failed["executionArn"])
cloud.clock.settle()


def lambda_handler(event, context):
    prices = event["prices"]
    return {"average": sum(prices) / len(prices)}


labkit.deploy("average", lambda_handler)
states.redrive_execution(executionArn=failed["executionArn"])
cloud.clock.settle()
labkit.answer("E7", failed["executionArn"])
