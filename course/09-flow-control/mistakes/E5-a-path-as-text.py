# hint: Look at one result. Is there a value, or the path itself?
%%writefile order_batch.asl.json
{"StartAt": "Map", "States": {"Map": {"Type": "Map", "ItemsPath": "$.array", "ResultPath": "$.results", "MaxConcurrency": 2, "ItemSelector": {"number": "$$.Map.Item.Index", "order": "$$.Map.Item.Value"}, "ItemProcessor": {"StartAt": "Work", "States": {"Work": {"Type": "Wait", "Seconds": 20, "Next": "Pass"}, "Pass": {"Type": "Pass", "Result": "Done!", "ResultPath": "$.status", "End": true}}}, "Next": "Final State"}, "Final State": {"Type": "Pass", "End": true}}}
