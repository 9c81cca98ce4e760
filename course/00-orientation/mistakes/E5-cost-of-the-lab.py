# hint: Look at the number of requests in the S3 line. Are they 1,000?
line = next(line for line in cloud.bill()["lines"] if "PUT" in line["usage"])
labkit.answer("E5", line["cost"])
