def publish(name, files):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return functions.publish_layer_version(LayerName=name, Content={"ZipFile": memory.getvalue()})["LayerVersionArn"]


other = publish("notes", {"notes/readme.txt": "nothing"})
for name, library in [
    ("order-cost", fees_library),
    ("order-cost-2027", fees_library.replace("0.005", "0.004")),
]:
    labkit.deploy(name, "order_cost.py", memory=256)
    layers = [other, publish("fees", {"python/fees.py": library})]
    functions.update_function_configuration(FunctionName=name, Layers=layers)
