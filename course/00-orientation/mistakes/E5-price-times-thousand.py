# hint: Read the S3 line again. Is the price for one request, or for more?
labkit.answer("E5", 1000 * 0.005)
