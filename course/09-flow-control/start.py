"""The state in which the lab begins: yesterday's trades as CSV, some of them bad."""

import boto3

ROWS = 300
BAD_EVERY = 33


def start(session: boto3.Session) -> None:
    """Build the bucket `tradewind-trades` with the object `trades.csv`."""
    lines = ["trade,symbol,quantity"]
    for number in range(1, ROWS + 1):
        symbol = ("TRDW", "ACME", "NOVA")[number % 3]
        lines.append(f"{number},{symbol},{'?' if number % BAD_EVERY == 0 else number % 90 + 1}")
    storage = session.client("s3")
    storage.create_bucket(Bucket="tradewind-trades")
    storage.put_object(Bucket="tradewind-trades", Key="trades.csv", Body="\n".join(lines).encode())
