from pathlib import Path

file = Path("average.py")
file.write_text(file.read_text().replace('event["price"]', 'event["prices"]'))
labkit.deploy("average", "average.py")
states.redrive_execution(executionArn=failed["executionArn"], clientToken="repaired")
cloud.clock.settle()
labkit.answer("E7", failed["executionArn"])
