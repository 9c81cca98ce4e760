# hint: Who put the interpreter into the image?
runtimes = {
    "1": "python3.14",
    "2": "nodejs24.x",
    "3": "provided.al2023",
    "4": "java21",
    "5": "provided.al2023",
    "6": "python3.13",
}
labkit.answer("E3", runtimes)
