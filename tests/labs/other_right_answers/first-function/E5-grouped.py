groups = {"direct": "2 7 10", "mapping": "3 5 8", "trigger": "1 4 6 9"}
labkit.answer("E5", {row: word for word, rows in groups.items() for row in rows.split()})
