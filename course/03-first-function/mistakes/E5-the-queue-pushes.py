# hint: Look at row 3 again. Who polls?
calls = {
    "1": "trigger",
    "2": "direct",
    "3": "trigger",
    "4": "trigger",
    "5": "mapping",
    "6": "trigger",
    "7": "direct",
    "8": "mapping",
    "9": "trigger",
    "10": "direct",
}
labkit.answer("E5", calls)
