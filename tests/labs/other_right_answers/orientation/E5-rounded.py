labkit.answer("E5", 0.01)
