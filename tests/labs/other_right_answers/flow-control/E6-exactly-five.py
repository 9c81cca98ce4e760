%%writefile report_poller.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Begin",
  "States": {
    "Begin": {"Type": "Pass", "Assign": {"tries": 0, "ready": false}, "Next": "Ask"},
    "Ask": {
      "Type": "Pass",
      "Assign": {"tries": "{% $tries + 1 %}", "ready": "{% $tries + 1 >= $states.input.ready_at %}"},
      "Next": "Ready?"
    },
    "Ready?": {
      "Type": "Choice",
      "Choices": [
        {"Condition": "{% $ready %}", "Next": "Report is ready"},
        {"Condition": "{% $tries = 5 %}", "Next": "Give up"}
      ],
      "Default": "Wait a little"
    },
    "Wait a little": {"Type": "Wait", "Seconds": 30, "Next": "Ask"},
    "Report is ready": {"Type": "Pass", "Output": {"tries": "{% $tries %}"}, "End": true},
    "Give up": {"Type": "Fail", "Error": "Report.NotReady", "Cause": "Not ready after five questions."}
  }
}
