"""CloudWatch Logs without a service: filter patterns, queries of Logs Insights, metrics in log events.

Pure: text and records in, decisions, rows and data points out.
"""
