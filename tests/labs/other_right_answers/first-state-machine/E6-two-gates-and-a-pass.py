%%writefile order_gate.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Too small?",
  "States": {
    "Too small?": {
      "Type": "Choice",
      "Choices": [{"Condition": "{% $states.input.quantity > 0 %}", "Next": "Too large?"}],
      "Default": "Small"
    },
    "Too large?": {
      "Type": "Choice",
      "Choices": [{"Condition": "{% $states.input.quantity <= 100 %}", "Next": "Accept"}],
      "Default": "Large"
    },
    "Small": {"Type": "Fail", "Error": "NothingToBook", "Cause": "a quantity above zero is needed"},
    "Large": {"Type": "Fail", "Error": "NeedsApproval", "Cause": "somebody has to approve it"},
    "Accept": {"Type": "Pass", "Next": "Accepted"},
    "Accepted": {"Type": "Succeed"}
  }
}
