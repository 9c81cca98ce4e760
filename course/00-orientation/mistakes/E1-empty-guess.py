# hint: Write any guess, also a wild one. What kind of thing could come back: a number, a text, a dict?
labkit.predict("E1", "")
