%%writefile quote.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "price-check", "Payload": "{% $states.input.order %}"},
      "Assign": {"priced": "{% $states.result.Payload %}"},
      "Output": "{% $states.input %}",
      "Next": "Total"
    },
    "Total": {
      "Type": "Pass",
      "Output": {
        "customer": "{% $states.input.customer %}",
        "total": "{% $priced.price * $priced.quantity %}",
        "execution": "{% $states.context.Execution.Name %}"
      },
      "End": true
    }
  }
}
