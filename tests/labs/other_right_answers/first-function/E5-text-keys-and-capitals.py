words = "Trigger Direct Mapping Trigger Mapping Trigger Direct Mapping Trigger Direct".split()
labkit.answer("E5", {str(number): f" {word} " for number, word in enumerate(words, 1)})
