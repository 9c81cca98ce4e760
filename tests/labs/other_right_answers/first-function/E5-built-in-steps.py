calls = {str(row): "trigger" for row in range(1, 11)}
calls.update({"2": "direct", "7": "direct", "10": "direct"})
calls |= dict.fromkeys(("3", "5", "8"), "mapping")
labkit.answer("E5", calls)
