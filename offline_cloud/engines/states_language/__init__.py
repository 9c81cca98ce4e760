"""The Amazon States Language: expressions, rules, validation and execution of state machines."""
