# hint: How many versions are there? What did the second `publish_version` have to copy?
functions.publish_version(FunctionName="pricer")
functions.publish_version(FunctionName="pricer")
labkit.deploy("pricer", "pricer_euro.py", environment={"SPREAD": "0.25"})
