%%writefile quote.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": "{% {'FunctionName': 'price-check', 'Payload': $states.input.order} %}",
      "Assign": {"price": "{% $states.result.Payload.price %}"},
      "Output": "{% $states.input %}",
      "Next": "Total"
    },
    "Total": {
      "Type": "Pass",
      "Output": "{% ($o := $states.input.order; {'customer': $states.input.customer, 'total': $o.quantity * $price, 'execution': $states.context.Execution.Name}) %}",
      "End": true
    }
  }
}
