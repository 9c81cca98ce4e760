# hint: How many MB has a GB, on this bill?
PER_REQUEST = 0.20 / 1_000_000
PER_GB_SECOND = 0.0000166667


def monthly_cost(calls, milliseconds, memory, cold_calls, init_milliseconds, free_tier):
    warm = (calls - cold_calls) * math.ceil(milliseconds)
    cold = cold_calls * math.ceil(milliseconds + init_milliseconds)
    gb_seconds = (warm + cold) / 1000 * memory / 1000
    if free_tier:
        calls = max(0, calls - 1_000_000)
        gb_seconds = max(0, gb_seconds - 400_000)
    return calls * PER_REQUEST + gb_seconds * PER_GB_SECOND


labkit.submit(monthly_cost, "E7")
labkit.answer("E7", 256)
