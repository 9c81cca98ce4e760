labkit.predict("E1", "some text with a number in it")
