# hint: Look at the head of the bill. Which currency unit does it use?
labkit.answer("E5", 0.5)
