AWS, YOU = "AWS", "you"
PARTS = ("system", "runtime", "code")
rows = {
    "zip with python3.13": (AWS, AWS, YOU),
    "zip with provided.al2023": (AWS, YOU, YOU),
    "image from AWS's base image": (YOU,) * 3,
    "image from debian": (YOU,) * 3,
}
labkit.answer("E7", {name: dict(zip(PARTS, row)) for name, row in rows.items()})
