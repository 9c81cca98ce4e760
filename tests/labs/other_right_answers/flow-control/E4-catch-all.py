%%writefile best_price.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Ask all",
  "States": {
    "Ask all": {
      "Type": "Parallel",
      "Branches": [
        {"StartAt": "north thinks", "States": {
          "north thinks": {"Type": "Wait", "Seconds": "{% $states.input.north.seconds %}", "Next": "north answers"},
          "north answers": {"Type": "Choice", "Default": "north is out",
            "Choices": [{"Condition": "{% $states.input.north.price > 0 %}", "Next": "north's price"}]},
          "north's price": {"Type": "Pass", "Output": {"price": "{% $states.input.north.price %}"}, "End": true},
          "north is out": {"Type": "Fail", "Error": "Broker.Out"}}},
        {"StartAt": "south thinks", "States": {
          "south thinks": {"Type": "Wait", "Seconds": "{% $states.input.south.seconds %}", "Next": "south answers"},
          "south answers": {"Type": "Choice", "Default": "south is out",
            "Choices": [{"Condition": "{% $states.input.south.price > 0 %}", "Next": "south's price"}]},
          "south's price": {"Type": "Pass", "Output": {"price": "{% $states.input.south.price %}"}, "End": true},
          "south is out": {"Type": "Fail", "Error": "Broker.Out"}}}
        ,
        {"StartAt": "east thinks", "States": {
          "east thinks": {"Type": "Wait", "Seconds": "{% $states.input.east.seconds %}", "Next": "east answers"},
          "east answers": {"Type": "Choice", "Default": "east is out",
            "Choices": [{"Condition": "{% $states.input.east.price > 0 %}", "Next": "east's price"}]},
          "east's price": {"Type": "Pass", "Output": {"price": "{% $states.input.east.price %}"}, "End": true},
          "east is out": {"Type": "Fail", "Error": "Broker.Out"}}}
      ],
      "Output": {"prices": "{% $states.result.price %}", "best": "{% $min($states.result.price) %}"},
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No trade"}],
      "End": true
    },
    "No trade": {"Type": "Pass", "Output": {"prices": [], "best": null}, "End": true}
  }
}
