# hint: Which execution did you hand in: the one that failed, or a new one?
source = """
def lambda_handler(event, context):
    return {"average": sum(event["prices"]) / len(event["price"])}
"""
source = source.replace('event["price"]', 'event["prices"]')
labkit.deploy("average", source)
failed = run("report", {"prices": [10, 20, 60]})
cloud.clock.settle()
labkit.answer("E7", failed["executionArn"])
