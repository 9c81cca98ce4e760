# hint: A zip for `python3.13`: where did its Python interpreter come from?
who = {
    "zip with python3.13": {"system": "you", "runtime": "you", "code": "you"},
    "zip with provided.al2023": {"system": "AWS", "runtime": "you", "code": "you"},
    "image from AWS's base image": {"system": "you", "runtime": "you", "code": "you"},
    "image from debian": {"system": "you", "runtime": "you", "code": "you"},
}
labkit.answer("E7", who)
