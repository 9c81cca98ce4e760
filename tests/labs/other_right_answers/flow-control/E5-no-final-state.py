%%writefile order_batch.asl.json
{
  "StartAt": "Map",
  "States": {
    "Map": {
      "Type": "Map",
      "ItemsPath": "$.array",
      "ItemSelector": {"number.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value"},
      "MaxConcurrency": 2, "ResultPath": "$.results",
      "ItemProcessor": {"StartAt": "Work",
        "States": {
          "Work": {"Type": "Wait", "Seconds": 20, "Next": "Pass"},
          "Pass": {"Type": "Pass", "Result": "Done!", "ResultPath": "$.status", "End": true}
        }
      }, "End": true
    }
  }
}
