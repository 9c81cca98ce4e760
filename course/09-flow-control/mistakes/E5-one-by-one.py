# hint: How many seconds did seven orders take? Was there ever a second bar at the same time?
%%writefile order_batch.asl.json
{
  "StartAt": "Map",
  "States": {
    "Map": {
      "Type": "Map",
      "ItemsPath": "$.array",
      "ItemSelector": {"number.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value"},
      "MaxConcurrency": 1, "ResultPath": "$.results",
      "ItemProcessor": {"StartAt": "Work",
        "States": {
          "Work": {"Type": "Wait", "Seconds": 20, "Next": "Pass"},
          "Pass": {"Type": "Pass", "Result": "Done!", "ResultPath": "$.status", "End": true}
        }
      }, "Next": "Final State"
    },
    "Final State": {"Type": "Pass", "End": true}
  }
}
