labkit.answer("E3", {"1": "python3.12", "2": "nodejs24.x", "3": "provided.al2023", "4": "java21", "5": "none", "6": "python3.11"})
