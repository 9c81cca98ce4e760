%%writefile context_reporter.py
import os
import time


def lambda_handler(event, context):
    before = context.get_remaining_time_in_millis()
    for _ in range(10):
        time.sleep(0.1)
    after = context.get_remaining_time_in_millis()
    return {
        "log_group": context.log_group_name,
        "log_stream": context.log_stream_name,
        "remaining_before_ms": before,
        "remaining_after_ms": after,
        "function_arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "memory_mb": int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]),
    }
