%%writefile trade-saga.asl.json
{
  "StartAt": "Reserve",
  "States": {
    "Reserve": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "FunctionName": "trade-step",
        "Payload": {
          "trade.$": "$.trade",
          "amount.$": "$.amount",
          "fail_at.$": "$.fail_at",
          "step": "reserve"
        }
      },
      "ResultPath": null,
      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Undone"}],
      "Next": "Buy"
    },
    "Buy": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "FunctionName": "trade-step",
        "Payload": {
          "trade.$": "$.trade",
          "amount.$": "$.amount",
          "fail_at.$": "$.fail_at",
          "step": "buy"
        }
      },
      "ResultPath": null,
      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Release"}],
      "Next": "Book"
    },
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "FunctionName": "trade-step",
        "Payload": {
          "trade.$": "$.trade",
          "amount.$": "$.amount",
          "fail_at.$": "$.fail_at",
          "step": "book"
        }
      },
      "ResultPath": null,
      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Sell"}],
      "End": true
    },
    "Sell": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "FunctionName": "trade-step",
        "Payload": {
          "trade.$": "$.trade",
          "amount.$": "$.amount",
          "fail_at.$": "$.fail_at",
          "step": "sell"
        }
      },
      "ResultPath": null,
      "Next": "Release"
    },
    "Release": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "FunctionName": "trade-step",
        "Payload": {
          "trade.$": "$.trade",
          "amount.$": "$.amount",
          "fail_at.$": "$.fail_at",
          "step": "release"
        }
      },
      "ResultPath": null,
      "Next": "Undone"
    },
    "Undone": {"Type": "Fail", "Error": "TradeUndone", "CausePath": "$.problem.Cause"}
  }
}
