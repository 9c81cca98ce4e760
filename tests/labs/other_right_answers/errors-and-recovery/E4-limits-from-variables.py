%%writefile ask-paper-desk.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Limits",
  "States": {
    "Limits": {"Type": "Pass", "Assign": {"whole": 300, "beat": 60}, "Next": "Ask at the paper desk"},
    "Ask at the paper desk": {
      "Type": "Task",
      "Resource": "arn:aws:states:us-east-1:123456789012:activity:paper-desk",
      "TimeoutSeconds": "{% $whole %}",
      "HeartbeatSeconds": "{% $beat %}",
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "GaveUp"}],
      "Next": "Answered"
    },
    "Answered": {"Type": "Succeed"},
    "GaveUp": {"Type": "Pass", "Next": "Call the customer"},
    "Call the customer": {"Type": "Succeed"}
  }
}
