"""The service's own log lines, letter for letter."""

import pytest

from offline_cloud.function_host import log_lines

ID = "8f5f9b1e-4f1c-4c0e-9d3f-2f0a4f3c9b11"


def test_start_and_end() -> None:
    assert log_lines.start(ID, "$LATEST") == f"START RequestId: {ID} Version: $LATEST\n"
    assert log_lines.end(ID) == f"END RequestId: {ID}\n"


def test_report_of_a_warm_invocation() -> None:
    assert log_lines.report(ID, 1.456, 128, 38) == (
        f"REPORT RequestId: {ID}\tDuration: 1.46 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 38 MB\t\n"
    )


def test_report_of_a_cold_one_bills_the_initialisation_too() -> None:
    # 2026: Duration 3000.00 ms, Init Duration 402.04 ms, Billed Duration 3403 ms
    assert log_lines.report(ID, 3000.0, 128, 73, init=402.04, status="timeout") == (
        f"REPORT RequestId: {ID}\tDuration: 3000.00 ms\tBilled Duration: 3403 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 73 MB\tInit Duration: 402.04 ms\tStatus: timeout\n"
    )


def test_report_of_an_error_names_its_type() -> None:
    line = log_lines.report(ID, 95.78, 512, 39, status="error", error_type="Runtime.ImportModuleError")
    assert line.endswith("Max Memory Used: 39 MB\tStatus: error\tError Type: Runtime.ImportModuleError\n")


def test_init_start_and_report() -> None:
    line = log_lines.init_start("python3.13", "us-east-1")
    assert line.startswith("INIT_START Runtime Version: python:3.13.v")
    assert "\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:" in line
    assert log_lines.init_report(83.58, "invoke", "error", "Runtime.ImportModuleError") == (
        "INIT_REPORT Init Duration: 83.58 ms\tPhase: invoke\tStatus: error\t"
        "Error Type: Runtime.ImportModuleError\n"
    )
    assert log_lines.init_report(10000, "init", "timeout").endswith("Phase: init\tStatus: timeout\n")


def test_a_timeout() -> None:
    line = log_lines.timed_out(ID, 1_795_402_800.5, 3)
    assert line == f"2026-11-23T03:00:00.500Z {ID} Task timed out after 3.00 seconds\n\n"
    assert log_lines.timed_out_message(ID, 3) == f"RequestId: {ID} Error: Task timed out after 3.00 seconds"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (0, "Runtime exited without providing a reason"),
        (1 << 8, "Runtime exited with error: exit status 1"),
        (9, "Runtime exited with error: signal: killed"),
        (11 | 0x80, "Runtime exited with error: signal: segmentation fault"),
        (40, "Runtime exited with error: signal: 40"),
    ],
)
def test_how_a_process_ended(status: int, reason: str) -> None:
    assert log_lines.exit_reason(status) == reason


def test_an_exit_is_two_lines_in_the_log() -> None:
    message, lines = log_lines.exited("Runtime exited with error: exit status 1", ID, "Runtime.ExitError")
    assert message == f"RequestId: {ID} Error: Runtime exited with error: exit status 1"
    assert lines == f"{message}\nRuntime.ExitError\n"


def test_the_stream_of_an_environment() -> None:
    assert log_lines.stream_name(1_795_402_800, "$LATEST", "0" * 32) == f"2026/11/23/[$LATEST]{'0' * 32}"


@pytest.mark.parametrize(
    ("duration", "init", "billed"), [(0.2, None, 1), (2.0, None, 2), (2.001, None, 3), (1, 1.5, 3)]
)
def test_billed_milliseconds_are_whole(duration: float, init: float | None, billed: int) -> None:
    assert log_lines.billed_milliseconds(duration, init) == billed
