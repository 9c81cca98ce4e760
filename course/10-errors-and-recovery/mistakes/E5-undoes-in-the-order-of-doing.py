# hint: `Book` fails. Where is the money at that moment: reserved, or in stock?
%%writefile trade-saga.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Remember",
  "States": {
    "Remember": {"Type": "Pass", "Assign": {"order": "{% $states.input %}"}, "Next": "Reserve"},
    "Reserve": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'reserve'}]) %}"},
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undone"}],
      "Next": "Buy"
    },
    "Buy": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'buy'}]) %}"},
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Release"}],
      "Next": "Book"
    },
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'book'}]) %}"},
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Release"}],
      "End": true
    },
    "Sell": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'sell'}]) %}"},
      
      "Next": "Undone"
    },
    "Release": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'release'}]) %}"},
      
      "Next": "Sell"
    },
    "Undone": {"Type": "Fail", "Error": "TradeUndone", "Cause": "The trade failed and was undone."}
  }
}
