# hint: What ends after 300 seconds: the task or the whole machine?
%%writefile ask-paper-desk.asl.json
{
  "QueryLanguage": "JSONata",
  "TimeoutSeconds": 300, "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:us-east-1:123456789012:activity:paper-desk",
      "HeartbeatSeconds": 60, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "GaveUp"}],
      "End": true
    },
    "GaveUp": {"Type": "Pass", "End": true}
  }
}
