words = """trigger, direct invoke, event source mapping, trigger, event-source mapping, trigger,
direct call, mapping, trigger, direct"""
calls = dict(enumerate(words.split(","), start=1))
labkit.answer("E5", calls)
