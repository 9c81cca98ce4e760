# hint: Take the layer off: does `order-cost` still work? Why is that bad news here?
def publish_layer(source):
    """Publish the library as the next version of the layer `fees`; return its ARN."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("python/fees.py", source)
    layer = functions.publish_layer_version(
        LayerName="fees", Content={"ZipFile": buffer.getvalue()}, CompatibleRuntimes=["python3.13"]
    )
    return layer["LayerVersionArn"]


Path("package").mkdir(exist_ok=True)
Path("package/order_cost.py").write_text(Path("order_cost.py").read_text())
Path("package/fees.py").write_text(fees_library)
labkit.deploy("order-cost", "package", handler="order_cost.lambda_handler")
first_layer = publish_layer(fees_library)
functions.update_function_configuration(FunctionName="order-cost", Layers=[first_layer])

cheaper_library = fees_library.replace("0.005", "0.004")
labkit.deploy("order-cost-2027", "order_cost.py")
second_layer = publish_layer(cheaper_library)
functions.update_function_configuration(FunctionName="order-cost-2027", Layers=[second_layer])
