def gb_seconds_of(milliseconds, memory):
    return -(-milliseconds // 1) / 1000 * (memory / 1024)


def monthly_cost(calls, milliseconds, memory, cold_calls, init_milliseconds, free_tier):
    used = {
        "requests": calls,
        "gb-seconds": (calls - cold_calls) * gb_seconds_of(milliseconds, memory)
        + cold_calls * gb_seconds_of(milliseconds + init_milliseconds, memory),
    }
    free = {"requests": 1_000_000, "gb-seconds": 400_000}
    price = {"requests": 0.0000002, "gb-seconds": 0.0000166667}
    return sum(max(0, used[what] - free_tier * free[what]) * price[what] for what in used)


labkit.submit(monthly_cost, "E7")
labkit.answer("E7", 256)
