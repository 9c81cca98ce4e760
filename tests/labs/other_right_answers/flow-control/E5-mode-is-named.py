%%writefile order_batch.asl.json
{
  "StartAt": "Map",
  "States": {
    "Map": {
      "Type": "Map",
      "ItemsPath": "$.array",
      "ItemSelector": {"number.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value"},
      "MaxConcurrency": 2, "ResultPath": "$.results",
      "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Work",
        "States": {
          "Work": {"Type": "Wait", "Seconds": 20, "Next": "Pass"},
          "Pass": {"Type": "Pass", "Result": "Done!", "ResultPath": "$.status", "End": true}
        }
      }, "Next": "Final State"
    },
    "Final State": {"Type": "Pass", "End": true}
  }
}
