labkit.answer("E3", {"1": "python3.13", "2": "nodejs24.x", "3": "provided.al2", "4": "java21", "5": "none", "6": "python3.14"})
