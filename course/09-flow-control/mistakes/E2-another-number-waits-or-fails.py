# hint: Where does your `Default` lead, and what happens there?
%%writefile waits.asl.json
{
  "StartAt": "ChoiceState",
  "States": {
    "ChoiceState": {
      "Type": "Choice",
      "Choices": [
        {"Variable": "$.foo", "NumericEquals": 1, "Next": "wait_using_seconds"},
        {"Variable": "$.foo", "NumericEquals": 2, "Next": "wait_using_timestamp"},
        {"Variable": "$.foo", "NumericEquals": 3, "Next": "wait_using_timestamp_path"},
        {"Variable": "$.foo", "NumericEquals": 4, "Next": "wait_using_seconds_path"}
      ], "Default": "wait_using_seconds"
    },
    "wait_using_seconds": {"Type": "Wait", "Seconds": 10, "End": true},
    "wait_using_timestamp": {"Type": "Wait", "Timestamp": "2015-09-04T01:59:00Z", "End": true},
    "wait_using_timestamp_path": {"Type": "Wait", "TimestampPath": "$.expirydate", "End": true},
    "wait_using_seconds_path": {"Type": "Wait", "SecondsPath": "$.expiryseconds", "End": true}
  }
}
