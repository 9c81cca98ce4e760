# hint: Compare with the page about Fargate in the Amazon ECS guide. Which word stands before the name?
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
fargate = "Amazon Fargate"
rds_proxy = "a pool of database connections"
labkit.answer("E6", {"services": services, "fargate": fargate, "rds_proxy": rds_proxy})
