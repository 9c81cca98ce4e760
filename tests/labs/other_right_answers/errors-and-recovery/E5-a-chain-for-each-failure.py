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
      "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Undone"}],
      "Next": "Buy"
    },
    "Buy": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'buy'}]) %}"},
      "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Release after Buy"}],
      "Next": "Book"
    },
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'book'}]) %}"},
      "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Sell"}],
      "Next": "Booked"
    },
    "Booked": {"Type": "Succeed"},
    "Release after Buy": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'release'}]) %}"},
      "Next": "Undone"
    },
    "Sell": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'sell'}]) %}"},
      "Next": "Release after Book"
    },
    "Release after Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'release'}]) %}"},
      "Next": "Undone"
    },
    "Undone": {"Type": "Fail", "Error": "TradeUndone", "Cause": "The trade failed and was undone."}
  }
}
