# hint: Default wait: how long?
%%writefile ask-paper-desk.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:us-east-1:123456789012:activity:paper-desk",
      "HeartbeatSeconds": 60,
      "Catch": [{"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], "Next": "GaveUp"}],
      "End": true
    },
    "GaveUp": {"Type": "Pass", "End": true}
  }
}
