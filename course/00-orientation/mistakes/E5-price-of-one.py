# hint: Read the question again. How many requests does it ask about?
labkit.answer("E5", 0.000005)
