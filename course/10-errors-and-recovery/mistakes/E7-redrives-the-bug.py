# hint: It failed again. Which code did the function run?
source = """
def lambda_handler(event, context):
    return {"average": sum(event["prices"]) / len(event["price"])}
"""
labkit.deploy("average", source)
states.redrive_execution(executionArn=failed["executionArn"])
cloud.clock.settle()
labkit.answer("E7", failed["executionArn"])
