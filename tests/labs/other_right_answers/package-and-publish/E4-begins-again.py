functions.delete_function(FunctionName="pricer")
for code, spread in [("pricer.py", "0.5"), ("pricer_euro.py", "0.25")]:
    labkit.deploy("pricer", code, environment={"SPREAD": spread})
    functions.publish_version(FunctionName="pricer")
