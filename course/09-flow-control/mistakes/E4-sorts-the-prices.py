# hint: The prices are right, but which broker is the first? In which order do the branches stand in the file?
%%writefile best_price.asl.json
{"QueryLanguage": "JSONata", "StartAt": "Ask all", "States": {"Ask all": {"Type": "Parallel",
      "Branches": [{"StartAt": "north thinks", "States": {
          "north thinks": {"Type": "Wait", "Next": "north answers",
            "Seconds": "{% $states.input.north.seconds %}"},
          "north answers": {"Type": "Choice", "Default": "north is out",
            "Choices": [{"Condition": "{% $states.input.north.price > 0 %}", "Next": "north's price"}]},
          "north's price": {"Type": "Pass", "End": true,
            "Output": {"price": "{% $states.input.north.price %}"}},
          "north is out": {"Type": "Fail", "Error": "Broker.Out"}}},
{"StartAt": "south thinks", "States": {
          "south thinks": {"Type": "Wait", "Next": "south answers",
            "Seconds": "{% $states.input.south.seconds %}"},
          "south answers": {"Type": "Choice", "Default": "south is out",
            "Choices": [{"Condition": "{% $states.input.south.price > 0 %}", "Next": "south's price"}]},
          "south's price": {"Type": "Pass", "End": true,
            "Output": {"price": "{% $states.input.south.price %}"}},
          "south is out": {"Type": "Fail", "Error": "Broker.Out"}}},
{"StartAt": "east thinks", "States": {
          "east thinks": {"Type": "Wait", "Next": "east answers",
            "Seconds": "{% $states.input.east.seconds %}"},
          "east answers": {"Type": "Choice", "Default": "east is out",
            "Choices": [{"Condition": "{% $states.input.east.price > 0 %}", "Next": "east's price"}]},
          "east's price": {"Type": "Pass", "End": true,
            "Output": {"price": "{% $states.input.east.price %}"}},
          "east is out": {"Type": "Fail", "Error": "Broker.Out"}}}],
      "Output": {"prices": "{% $sort($states.result.price) %}", "best": "{% $min($states.result.price) %}"},
      "Catch": [{"ErrorEquals": ["Broker.Out"], "Next": "No trade"}],
      "End": true},
"No trade": {"Type": "Pass", "Output": {"prices": [], "best": null}, "End": true}}}
