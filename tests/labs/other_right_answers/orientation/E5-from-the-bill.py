line = next(line for line in cloud.bill()["lines"] if "PUT" in line["usage"])
labkit.answer("E5", 1000 * line["price"] / line["per"])
