# hint: `provided.al2023`: what is provided, and what did you put beside your code?
who = {
    "zip with python3.13": {"system": "AWS", "runtime": "AWS", "code": "you"},
    "zip with provided.al2023": {"system": "AWS", "runtime": "AWS", "code": "you"},
    "image from AWS's base image": {"system": "you", "runtime": "you", "code": "you"},
    "image from debian": {"system": "you", "runtime": "you", "code": "you"},
}
labkit.answer("E7", who)
