# hint: The function is right now. Who tells the execution?
source = """
def lambda_handler(event, context):
    return {"average": sum(event["prices"]) / len(event["price"])}
"""
source = source.replace('event["price"]', 'event["prices"]')
labkit.deploy("average", source)
cloud.clock.settle()
labkit.answer("E7", failed["executionArn"])
