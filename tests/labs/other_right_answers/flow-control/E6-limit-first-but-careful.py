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
        {"Condition": "{% $not($ready) and $tries = 5 %}", "Next": "Give up"},
        {"Condition": "{% $not($ready) %}", "Next": "Half a minute"}
      ],
      "Default": "Report is ready"
    },
    "Half a minute": {"Type": "Wait", "Seconds": 30, "Next": "Ask"},
    "Report is ready": {"Type": "Pass", "Output": {"tries": "{% $tries %}"}, "End": true},
    "Give up": {"Type": "Fail", "Error": "Report.NotReady"}
  }
}
