%%writefile hello.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Hello World",
  "States": {
    "Hello World": {
      "Type": "Pass",
      "Output": "{% $merge([$states.input, {'first': 'Hello', 'second': 'World'}]) %}",
      "End": true
    }
  }
}
