%%writefile best_price.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Ask all",
  "States": {
    "Ask all": {
      "Type": "Parallel",
      "Branches": [
        {"StartAt": "n", "States": {
          "n": {"Type": "Wait", "Seconds": "{% $states.input.north.seconds %}", "Next": "n?"},
          "n?": {"Type": "Choice", "Default": "n out",
            "Choices": [{"Condition": "{% $states.input.north.price > 0 %}", "Next": "n price"}]},
          "n price": {"Type": "Pass", "Output": "{% $states.input.north.price %}", "End": true},
          "n out": {"Type": "Fail", "Error": "Broker.Out"}}},
        {"StartAt": "s", "States": {
          "s": {"Type": "Wait", "Seconds": "{% $states.input.south.seconds %}", "Next": "s?"},
          "s?": {"Type": "Choice", "Default": "s out",
            "Choices": [{"Condition": "{% $states.input.south.price > 0 %}", "Next": "s price"}]},
          "s price": {"Type": "Pass", "Output": "{% $states.input.south.price %}", "End": true},
          "s out": {"Type": "Fail", "Error": "Broker.Out"}}},
        {"StartAt": "e", "States": {
          "e": {"Type": "Wait", "Seconds": "{% $states.input.east.seconds %}", "Next": "e?"},
          "e?": {"Type": "Choice", "Default": "e out",
            "Choices": [{"Condition": "{% $states.input.east.price > 0 %}", "Next": "e price"}]},
          "e price": {"Type": "Pass", "Output": "{% $states.input.east.price %}", "End": true},
          "e out": {"Type": "Fail", "Error": "Broker.Out"}}}
      ],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No trade"}],
      "Next": "Compare"
    },
    "Compare": {
      "Type": "Pass",
      "Output": {"prices": "{% $states.input %}", "best": "{% $sort($states.input)[0] %}"},
      "End": true
    },
    "No trade": {"Type": "Pass", "Output": {"prices": [], "best": null}, "End": true}
  }
}
