# hint: Which version of the layer does `order-cost-2027` name: one with the lower fee?
def publish_layer(source):
    """Publish the library as the next version of the layer `fees`; return its ARN."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("python/fees.py", source)
    layer = functions.publish_layer_version(
        LayerName="fees", Content={"ZipFile": buffer.getvalue()}, CompatibleRuntimes=["python3.13"]
    )
    return layer["LayerVersionArn"]


labkit.deploy("order-cost", "order_cost.py")
first_layer = publish_layer(fees_library)
functions.update_function_configuration(FunctionName="order-cost", Layers=[first_layer])

cheaper_library = fees_library.replace("0.005", "0.004")
labkit.deploy("order-cost-2027", "order_cost.py")
second_layer = publish_layer(cheaper_library)
functions.update_function_configuration(FunctionName="order-cost-2027", Layers=[first_layer])
