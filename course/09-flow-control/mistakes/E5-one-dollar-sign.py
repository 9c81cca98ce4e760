# hint: Read the error. In which data was the path looked for?
%%writefile order_batch.asl.json
{"StartAt": "Map", "States": {"Map": {"Type": "Map", "ItemsPath": "$.array", "ResultPath": "$.results", "MaxConcurrency": 2, "ItemSelector": {"number.$": "$.Map.Item.Index", "order.$": "$.Map.Item.Value"}, "ItemProcessor": {"StartAt": "Work", "States": {"Work": {"Type": "Wait", "Seconds": 20, "Next": "Pass"}, "Pass": {"Type": "Pass", "Result": "Done!", "ResultPath": "$.status", "End": true}}}, "Next": "Final State"}, "Final State": {"Type": "Pass", "End": true}}}
