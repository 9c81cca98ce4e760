"""`python -m benchmarks`: every measurement in one run, as one table and one JSON file.

Absolute times on a shared machine mean little, so each row carries a figure of ours and, where there is
one, the figure of a reference that was measured in turn with it; the ratio is what a goal is stated in.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row

SUITES = (
    "cloud_ready",
    "cloud_calls",
    "lambda_invoke",
    "lambda_events",
    "state_machines",
    "grading",
    "graders",
)
RESULTS = Path(__file__).parent / "results" / "latest.json"


def main(argv: list[str] | None = None) -> int:
    """Run the suites that are named (all by default), print the table, write the JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"any of {', '.join(SUITES)}")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: a look, not a measurement")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    options = parser.parse_args(argv)
    if unknown := sorted(set(options.suites) - set(SUITES)):
        parser.error(f"no suite {', '.join(unknown)}; there are {', '.join(SUITES)}")

    progress = Console(stderr=True)
    measured: dict[str, list[Row]] = {}
    for suite in options.suites or SUITES:
        progress.print(f"measuring {suite} …", style="dim")
        measured[suite] = importlib.import_module(f"benchmarks.{suite}").run(quick=options.quick)

    Console().print(as_table(measured))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(as_document(measured, quick=options.quick), indent=2) + "\n")
    progress.print(f"figures: {options.json}", style="dim")
    return 0


def as_table(measured: dict[str, list[Row]]) -> Table:
    """One line a row, grouped by suite; a missed goal is a word, not only a colour."""
    table = Table(title="labkit benchmarks", caption="ratio = ours / reference, both measured in this run")
    for heading in ("what", "ours", "reference", "unit", "ratio", "goal", ""):
        table.add_column(heading, justify="left" if heading in ("what", "unit", "") else "right")
    for suite, rows in measured.items():
        table.add_section()
        for row in rows:
            table.add_row(
                f"{suite}: {row.name}",
                _figure(row.ours),
                _figure(row.reference),
                row.unit,
                _figure(row.ratio),
                row.goal,
                {True: "met", False: "[red]missed[/red]", None: ""}[row.met],
            )
    return table


def as_document(measured: dict[str, list[Row]], *, quick: bool) -> dict[str, object]:
    """The same figures for a program: `{"machine": …, "quick": bool, "suites": {suite: [row, …]}}`."""
    return {
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
        },
        "quick": quick,
        "suites": {
            suite: [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows]
            for suite, rows in measured.items()
        },
    }


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
