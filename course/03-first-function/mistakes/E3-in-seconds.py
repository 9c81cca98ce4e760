# hint: Look at the end of the two names: which unit do they promise?
%%writefile context_reporter.py
import time


def lambda_handler(event, context):
    before = context.get_remaining_time_in_millis() / 1000
    time.sleep(1)
    after = context.get_remaining_time_in_millis() / 1000
    return {
        "log_group": context.log_group_name,
        "log_stream": context.log_stream_name,
        "remaining_before_ms": before,
        "remaining_after_ms": after,
        "function_arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "memory_mb": int(context.memory_limit_in_mb),
    }
