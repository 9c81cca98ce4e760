line = next(line for line in cloud.bill()["lines"] if "PUT" in line["usage"])
labkit.answer("E5", round(line["cost"] / line["quantity"] * 1000, 4))
