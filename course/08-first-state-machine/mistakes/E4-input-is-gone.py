# hint: Draw the execution with `labkit.steps`. What does `Price` give out, and is the customer in it?
%%writefile quote.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "price-check", "Payload": "{% $states.input.order %}"},
      "Assign": {"price": "{% $states.result.Payload.price %}"},
      "Next": "Total"
    },
    "Total": {
      "Type": "Pass",
      "Output": {
        "customer": "{% $states.input.customer %}",
        "total": "{% $price * $states.input.order.quantity %}",
        "execution": "{% $states.context.Execution.Name %}"
      },
      "End": true
    }
  }
}
