# hint: Commit a guess; being wrong is the point. Which cell stores it, and did it run before the call?
functions = boto3.client("lambda")
reply = functions.invoke(FunctionName="price-service", Payload=json.dumps({"symbol": "TRDW"}))
labkit.predict("E1", json.load(reply["Payload"]))
