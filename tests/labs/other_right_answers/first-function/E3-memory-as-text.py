%%writefile context_reporter.py
from time import sleep


def lambda_handler(event, context):
    report = {"remaining_before_ms": context.get_remaining_time_in_millis()}
    sleep(1.0)
    report["remaining_after_ms"] = context.get_remaining_time_in_millis()
    report["function_arn"] = context.invoked_function_arn
    report["request_id"] = context.aws_request_id
    report["memory_mb"] = context.memory_limit_in_mb
    report["log_group"] = context.log_group_name
    report["log_stream"] = context.log_stream_name
    return report
