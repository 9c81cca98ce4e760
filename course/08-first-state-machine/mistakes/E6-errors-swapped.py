# hint: Which of the two errors does a quantity of 0 get?
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
    "Small": {"Type": "Fail", "Error": "NeedsApproval", "Cause": "more than a hundred shares"},
    "Large": {"Type": "Fail", "Error": "NothingToBook", "Cause": "the quantity is not above zero"},
    "Accept": {"Type": "Succeed"}
  }
}
