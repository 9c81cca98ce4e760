functions.publish_version(FunctionName="pricer", Description="the old release")
functions.update_function_configuration(FunctionName="pricer", Environment={"Variables": {"SPREAD": "0.25"}})
functions.get_waiter("function_updated_v2").wait(FunctionName="pricer")
memory = io.BytesIO()
with zipfile.ZipFile(memory, "w") as archive:
    archive.write("pricer_euro.py", "pricer.py")
functions.update_function_code(FunctionName="pricer", ZipFile=memory.getvalue(), Publish=True)
