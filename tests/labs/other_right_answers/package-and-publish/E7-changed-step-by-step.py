mine = {"code": "you", "runtime": "you", "system": "you"}
who = {name: dict(mine) for name in ["image from debian", "image from AWS's base image"]}
who["zip with provided.al2023"] = {**mine, "system": "AWS"}
who["zip with python3.13"] = {**mine, "system": "AWS", "runtime": "AWS"}
labkit.answer("E7", who)
