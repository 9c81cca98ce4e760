table = """
{"zip with python3.13": ["AWS", "AWS", "you"],
 "zip with provided.al2023": ["AWS", "you", "you"],
 "image from AWS's base image": ["you", "you", "you"],
 "image from debian": ["you", "you", "you"]}
"""
labkit.answer(
    "E7",
    {
        name: {"system": row[0], "runtime": row[1], "code": row[2]}
        for name, row in json.loads(table).items()
    },
)
