%%writefile ask-paper-desk.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:us-east-1:123456789012:activity:paper-desk",
      "TimeoutSeconds": "{% 5 * 60 %}",
      "HeartbeatSeconds": 60,
      "Catch": [
        {"ErrorEquals": ["States.HeartbeatTimeout"], "Output": {"why": "asleep"}, "Next": "GaveUp"},
        {"ErrorEquals": ["States.Timeout"], "Output": {"why": "nobody"}, "Next": "GaveUp"}
      ],
      "End": true
    },
    "GaveUp": {"Type": "Pass", "End": true}
  }
}
