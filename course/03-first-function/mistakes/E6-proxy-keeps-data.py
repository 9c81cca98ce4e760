# hint: A thousand functions open a database at once. What runs out first, and what could a proxy keep for them?
services = {
    "Lambda": ["compute", "runs the price check"],
    "Fargate": ["compute", "runs the old trading engine in a container"],
    "S3": ["data", "keeps the daily trade reports"],
    "DynamoDB": ["data", "holds prices and trade counts"],
    "Aurora Serverless": ["data", "holds the accounts of customers"],
    "EventBridge": ["integration", "starts the nightly report"],
    "Step Functions": ["integration", "runs the steps of a trade"],
    "SQS": ["integration", "lets orders wait their turn"],
    "API Gateway": ["integration", "is the door for customers' browsers"],
}
fargate = "AWS Fargate"
rds_proxy = "data"
labkit.answer("E6", {"services": services, "fargate": fargate, "rds_proxy": rds_proxy})
