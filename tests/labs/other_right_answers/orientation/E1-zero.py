labkit.predict("E1", 0)
