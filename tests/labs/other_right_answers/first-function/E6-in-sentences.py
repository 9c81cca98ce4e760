services = {
    "Lambda": ["compute", "it checks a price"],
    "Fargate": ["compute", "it keeps a container up"],
    "S3": ["data", "it keeps the reports"],
    "DynamoDB": ["data", "it keeps the counts"],
    "Aurora Serverless": ["data", "it keeps the accounts"],
    "EventBridge": ["integration", "it wakes the report"],
    "Step Functions": ["integration", "it leads a trade"],
    "SQS": ["integration", "it lets orders wait"],
    "API Gateway": ["integration", "it lets browsers in"],
}
proxy = "It keeps sessions with the database open and shares them."
labkit.answer("E6", {"services": services, "fargate": "AWS Fargate.", "rds_proxy": proxy})
