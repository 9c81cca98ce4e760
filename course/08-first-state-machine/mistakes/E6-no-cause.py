# hint: Somebody reads this at night. What does the cause tell?
%%writefile order_gate.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Gate",
  "States": {
    "Gate": {
      "Type": "Choice",
      "Choices": [
        {"Condition": "{% $states.input.quantity <= 0 %}", "Next": "Small"},
        {"Condition": "{% $states.input.quantity > 100 %}", "Next": "Large"}
      ],
      "Default": "Accept"
    },
    "Small": {"Type": "Fail", "Error": "NothingToBook"},
    "Large": {"Type": "Fail", "Error": "NeedsApproval", "Cause": "more than a hundred shares"},
    "Accept": {"Type": "Succeed"}
  }
}
