%%writefile context_reporter.py
import time

NAMES = {
    "function_arn": "invoked_function_arn",
    "request_id": "aws_request_id",
    "log_group": "log_group_name",
    "log_stream": "log_stream_name",
}


def lambda_handler(event, context):
    report = {key: getattr(context, name) for key, name in NAMES.items()}
    left = []
    for pause in (1, 0):
        left.append(context.get_remaining_time_in_millis())
        time.sleep(pause)
    report |= {"remaining_before_ms": left[0], "remaining_after_ms": left[1]}
    return {**report, "memory_mb": int(context.memory_limit_in_mb)}
