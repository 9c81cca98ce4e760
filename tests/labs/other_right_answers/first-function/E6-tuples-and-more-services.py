uses = {
    "compute": {"Lambda": "checks a price quickly", "Fargate": "keeps one container running"},
    "data": {
        "S3": "stores the monthly statements",
        "DynamoDB": "finds one order by its number",
        "Aurora Serverless": "answers questions in SQL",
    },
    "integration": {
        "EventBridge": "wakes the report up at night",
        "Step Functions": "leads a trade through its steps",
        "SQS": "holds orders until there is time",
        "API Gateway": "lets the phone app in",
    },
}

services = {name: (group, use) for group, row in uses.items() for name, use in row.items()}
services["SNS"] = ("integration", "tells many desks at once")
labkit.answer("E6", {"services": services, "fargate": "AWS Fargate", "rds_proxy": "open connections to a database"})
