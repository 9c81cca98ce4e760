# hint: Ask `pricer:2` for a price. Which half of the function is new, and which is old?
functions.publish_version(FunctionName="pricer")
labkit.deploy("pricer", "pricer_euro.py", environment={"SPREAD": "0.5"})
functions.publish_version(FunctionName="pricer")
labkit.deploy("pricer", "pricer_euro.py", environment={"SPREAD": "0.25"})
