# hint: A worker takes the task and falls asleep. When does your machine notice?
%%writefile ask-paper-desk.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:us-east-1:123456789012:activity:paper-desk",
      "TimeoutSeconds": 300,
      "Catch": [{"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], "Next": "GaveUp"}],
      "End": true
    },
    "GaveUp": {"Type": "Pass", "End": true}
  }
}
