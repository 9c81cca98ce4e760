def slowest(rows):
    from collections import defaultdict

    times = defaultdict(list)
    for row in rows:
        if not row["type"].startswith("Parallel") and not row["type"].startswith("Map"):
            times[row["name"]].append(row["at"])
    total = {name: sum(b - a for a, b in zip(at[::2], at[1::2])) for name, at in times.items()}
    return sorted(total, key=total.get)[-1]
