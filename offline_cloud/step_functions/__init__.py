"""Step Functions: keeps machines and executions, and performs what the interpreter asks for.

The interpreter (engines/states_language) says what has to happen; this package makes it happen: `lane`
lets executions step one at a time, `execution_driver` performs effects, `integrations` calls functions and
services, `activities` and `task_tokens` wait for workers outside, `map_runs` starts children.
"""
