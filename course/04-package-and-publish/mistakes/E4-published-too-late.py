# hint: Which release is version 1? When was it published?
labkit.deploy("pricer", "pricer_euro.py", environment={"SPREAD": "0.25"})
functions.publish_version(FunctionName="pricer")
functions.publish_version(FunctionName="pricer")
