%%writefile order_batch.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Each order",
  "States": {
    "Each order": {
      "Type": "Map",
      "Items": "{% $states.input.array %}",
      "MaxConcurrency": 2,
      "ItemSelector": {
        "number": "{% $states.context.Map.Item.Index %}",
        "order": "{% $states.context.Map.Item.Value %}"
      },
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Work",
        "States": {
          "Work": {
            "Type": "Wait",
            "Seconds": 20,
            "Output": "{% $merge([$states.input, {'status': 'Done!'}]) %}",
            "End": true
          }
        }
      },
      "Output": "{% $merge([$states.input, {'results': $states.result}]) %}",
      "End": true
    }
  }
}
