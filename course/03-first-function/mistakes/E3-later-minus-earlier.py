# hint: Which of the two readings is the larger one? Which one was taken first?
%%writefile context_reporter.py
import time


def lambda_handler(event, context):
    before = context.get_remaining_time_in_millis()
    time.sleep(1)
    after = context.get_remaining_time_in_millis()
    return {
        "log_group": context.log_group_name,
        "log_stream": context.log_stream_name,
        "remaining_before_ms": after,
        "remaining_after_ms": before,
        "function_arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "memory_mb": int(context.memory_limit_in_mb),
    }
