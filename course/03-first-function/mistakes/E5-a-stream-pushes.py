# hint: Look at rows 5 and 8 again. Does a stream call somebody, or does it keep records to be read?
calls = {
    "1": "trigger",
    "2": "direct",
    "3": "mapping",
    "4": "trigger",
    "5": "trigger",
    "6": "trigger",
    "7": "direct",
    "8": "trigger",
    "9": "trigger",
    "10": "direct",
}
labkit.answer("E5", calls)
