%%writefile trade-saga.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Remember",
  "States": {
    "Remember": {
      "Type": "Pass",
      "Assign": {"order": "{% $states.input %}", "done": 0},
      "Next": "Reserve"
    },
    "Reserve": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'reserve'}]) %}"},
      "Assign": {"done": 1},
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "How far?"}],
      "Next": "Buy"
    },
    "Buy": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'buy'}]) %}"},
      "Assign": {"done": 2},
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "How far?"}],
      "Next": "Book"
    },
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'book'}]) %}"},
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "How far?"}],
      "End": true
    },
    "How far?": {
      "Type": "Choice",
      "Choices": [
        {"Condition": "{% $done = 2 %}", "Next": "Sell"},
        {"Condition": "{% $done = 1 %}", "Next": "Release"}
      ],
      "Default": "Undone"
    },
    "Sell": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'sell'}]) %}"},
      "Assign": {"done": 1},
      "Next": "How far?"
    },
    "Release": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-step", "Payload": "{% $merge([$order, {'step': 'release'}]) %}"},
      "Assign": {"done": 0},
      "Next": "How far?"
    },
    "Undone": {"Type": "Fail", "Error": "TradeUndone", "Cause": "The trade failed and was undone."}
  }
}
