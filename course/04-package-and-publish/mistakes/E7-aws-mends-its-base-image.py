# hint: AWS publishes a new base image. Does that change the image that you built last month?
who = {
    "zip with python3.13": {"system": "AWS", "runtime": "AWS", "code": "you"},
    "zip with provided.al2023": {"system": "AWS", "runtime": "you", "code": "you"},
    "image from AWS's base image": {"system": "AWS", "runtime": "AWS", "code": "you"},
    "image from debian": {"system": "you", "runtime": "you", "code": "you"},
}
labkit.answer("E7", who)
