labkit.predict("E1", ["TRDW", 3])
