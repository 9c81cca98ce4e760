PER_REQUEST = 0.20 / 1_000_000
PER_GB_SECOND = 0.0000166667


def monthly_cost(calls, milliseconds, memory, cold_calls, init_milliseconds, free_tier):
    billed = math.ceil(milliseconds) * (calls - cold_calls)
    billed += math.ceil(milliseconds + init_milliseconds) * cold_calls
    gb_seconds = billed * memory / 1024 / 1000
    free_calls, free_gb_seconds = (1e6, 4e5) if free_tier else (0, 0)
    request_cost = max(0, calls - free_calls) / 1e6 * 0.20
    return round(request_cost + max(0, gb_seconds - free_gb_seconds) * PER_GB_SECOND, 2)


labkit.submit(monthly_cost, "E7")
labkit.answer("E7", {"memory": 256})
