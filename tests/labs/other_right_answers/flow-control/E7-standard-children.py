%%writefile check_trades.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Each row",
  "States": {
    "Each row": {
      "Type": "Map",
      "ItemReader": {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
        "Arguments": "{% {'Bucket': $states.input.bucket, 'Key': $states.input.key} %}"
      },
      "ToleratedFailurePercentage": 5,
      "MaxConcurrency": 20,
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Quantity",
        "States": {
          "Quantity": {"Type": "Pass", "Output": "{% $number($states.input.quantity) %}", "End": true}
        }
      },
      "Output": {"good": "{% $count($states.result) %}", "shares": "{% $sum($states.result) %}"},
      "End": true
    }
  }
}
