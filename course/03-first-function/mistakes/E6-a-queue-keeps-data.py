# hint: Take a message out of the queue. Can you read it a second time, a week later?
services = {
    "Lambda": ["compute", "runs the price check"],
    "Fargate": ["compute", "runs the old trading engine in a container"],
    "S3": ["data", "keeps the daily trade reports"],
    "DynamoDB": ["data", "holds prices and trade counts"],
    "Aurora Serverless": ["data", "holds the accounts of customers"],
    "EventBridge": ["integration", "starts the nightly report"],
    "Step Functions": ["integration", "runs the steps of a trade"],
    "SQS": ["data", "lets orders wait their turn"],
    "API Gateway": ["integration", "is the door for customers' browsers"],
}
fargate = "AWS Fargate"
rds_proxy = "a pool of database connections"
labkit.answer("E6", {"services": services, "fargate": fargate, "rds_proxy": rds_proxy})
