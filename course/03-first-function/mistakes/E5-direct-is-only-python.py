# hint: Look at rows 7 and 10 again. Which API operation do they call?
calls = {
    "1": "trigger",
    "2": "direct",
    "3": "mapping",
    "4": "trigger",
    "5": "mapping",
    "6": "trigger",
    "7": "trigger",
    "8": "mapping",
    "9": "trigger",
    "10": "trigger",
}
labkit.answer("E5", calls)
