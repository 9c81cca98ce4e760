def publish(source, more):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("python/fees/__init__.py", source)
        archive.writestr("python/fees/about.txt", more)
    return functions.publish_layer_version(LayerName="fees", Content={"ZipFile": memory.getvalue()})


one = publish(fees_library, "2026")
two = publish(fees_library.replace("RATE = 0.005", "RATE = 0.004"), "2027")
labkit.deploy("order-cost", "order_cost.py")
labkit.deploy("order-cost-2027", "order_cost.py")
functions.update_function_configuration(FunctionName="order-cost-2027", Layers=[two["LayerVersionArn"]])
functions.update_function_configuration(FunctionName="order-cost", Layers=[one["LayerVersionArn"]])
