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
    "Small": {
      "Type": "Fail",
      "Error": "NothingToBook",
      "Cause": "{% 'the quantity is ' & $states.input.quantity %}"
    },
    "Large": {
      "Type": "Fail",
      "Error": "{% 'Needs' & 'Approval' %}",
      "Cause": "{% $string($states.input.quantity) & ' shares need an approval' %}"
    },
    "Accept": {"Type": "Succeed", "Output": {"accepted": true}}
  }
}
