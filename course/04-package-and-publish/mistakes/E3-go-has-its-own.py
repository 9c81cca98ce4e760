# hint: `go1.x` stands on the old slides. Does `CreateFunction` still take it?
runtimes = {
    "1": "python3.14",
    "2": "nodejs24.x",
    "3": "go1.x",
    "4": "java21",
    "5": "none",
    "6": "python3.13",
}
labkit.answer("E3", runtimes)
