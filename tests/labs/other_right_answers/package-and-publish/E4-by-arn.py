arn = functions.get_function(FunctionName="pricer")["Configuration"]["FunctionArn"]
functions.publish_version(FunctionName=arn)
labkit.deploy("pricer", Path("pricer_euro.py").read_text(), environment={"SPREAD": "0.25"}, memory=256)
functions.publish_version(FunctionName=arn)
