%%writefile order_gate.asl.json
{
  "StartAt": "How many?",
  "States": {
    "How many?": {
      "Type": "Choice",
      "Choices": [
        {"Variable": "$.quantity", "NumericLessThanEquals": 0, "Next": "Small"},
        {"Variable": "$.quantity", "NumericLessThanEquals": 100, "Next": "Accept"}
      ],
      "Default": "Large"
    },
    "Accept": {"Type": "Succeed"},
    "Small": {"Type": "Fail", "Error": "NothingToBook", "Cause": "Nothing to book here."},
    "Large": {"Type": "Fail", "Error": "NeedsApproval", "Cause": "More than 100 need an approval."}
  }
}
