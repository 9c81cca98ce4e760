# hint: Look at the two numbers: they are almost the same. Where does the sleep stand?
%%writefile context_reporter.py
import time


def lambda_handler(event, context):
    time.sleep(1)
    before = context.get_remaining_time_in_millis()
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
