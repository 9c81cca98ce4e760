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
        "Arguments": {"Bucket": "{% $states.input.bucket %}", "Key": "{% $states.input.key %}"}
      },
      "ToleratedFailurePercentage": "{% 10 / 2 %}",
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "Check a row",
        "States": {
          "Check a row": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $contains($states.input.quantity, /^[0-9]+$/) %}", "Next": "Good"}],
            "Default": "Bad"
          },
          "Good": {"Type": "Pass", "Output": "{% $number($states.input.quantity) %}", "End": true},
          "Bad": {"Type": "Fail", "Error": "Trade.Bad"}
        }
      },
      "Output": {"good": "{% $count($states.result) %}", "shares": "{% $sum($states.result) %}"},
      "End": true
    }
  }
}
