# hint: How many seconds did it take: the longest wait, or the sum?
%%writefile best_price.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Ask all",
  "States": {
    "Ask all": {
      "Type": "Parallel",
      "Branches": [
        {"StartAt": "north thinks", "States": {
          "north thinks": {"Type": "Wait", "Seconds": "{% $states.input.north.seconds %}", "Next": "south thinks"},
          "south thinks": {"Type": "Wait", "Seconds": "{% $states.input.south.seconds %}", "Next": "east thinks"},
          "east thinks": {"Type": "Wait", "Seconds": "{% $states.input.east.seconds %}", "Next": "north answers"},
          "north answers": {"Type": "Choice", "Default": "north is out",
            "Choices": [{"Condition": "{% $min([$states.input.north.price, $states.input.south.price, $states.input.east.price]) > 0 %}", "Next": "north's price"}]},
          "north's price": {"Type": "Pass", "Output": [
            {"price": "{% $states.input.north.price %}"}, {"price": "{% $states.input.south.price %}"},
            {"price": "{% $states.input.east.price %}"}], "End": true},
          "north is out": {"Type": "Fail", "Error": "Broker.Out"}}}
      ],
      "Output": {"prices": "{% $states.result[0].price %}", "best": "{% $min($states.result[0].price) %}"},
      "Catch": [{"ErrorEquals": ["Broker.Out"], "Next": "No trade"}],
      "End": true
    },
    "No trade": {"Type": "Pass", "Output": {"prices": [], "best": null}, "End": true}
  }
}
