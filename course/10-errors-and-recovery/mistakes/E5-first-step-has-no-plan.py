# hint: `Reserve` fails. Which error does the execution end with, and who could have caught it?
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
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sell"}],
      "End": true
    },
    "Sell": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'sell'}]) %}"},
      
      "Next": "Release"
    },
    "Release": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'release'}]) %}"},
      
      "Next": "Undone"
    },
    "Undone": {"Type": "Fail", "Error": "TradeUndone", "Cause": "The trade failed and was undone."}
  }
}
