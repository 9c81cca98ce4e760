# hint: Which Python is `python3`? List the identifiers.
runtimes = {
    "1": "python3",
    "2": "nodejs24.x",
    "3": "provided.al2023",
    "4": "java21",
    "5": "none",
    "6": "python3.13",
}
labkit.answer("E3", runtimes)
