# hint: Read the error message: it says after how many seconds. What is the timeout and what does your code need?
%%writefile context_reporter.py
import time


def lambda_handler(event, context):
    before = context.get_remaining_time_in_millis()
    time.sleep(5)
    after = context.get_remaining_time_in_millis()
    return {
        "log_group": context.log_group_name,
        "log_stream": context.log_stream_name,
        "remaining_before_ms": before,
        "remaining_after_ms": after,
        "function_arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "memory_mb": int(context.memory_limit_in_mb),
    }
