"""CloudWatch Logs: real patterns and queries over events that functions write without HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.function_host import FunctionVersion
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the process's first request to Logs.

    Once for a context, whoever asks first, Lambda or the first request to Logs. A process that was warmed up
    for a cloud to come has had another context before.
    """
    from moto.logs.models import logs_backends

    from offline_cloud.moto_seams.logs.models import OfflineLogsBackend
    from offline_cloud.moto_seams.logs.outlets import Outlets

    if getattr(OfflineLogsBackend, "context", None) is not context:
        OfflineLogsBackend.context = context
        OfflineLogsBackend.outlets = Outlets(context)
        logs_backends.backend = OfflineLogsBackend

        def let_old_events_go() -> None:
            for backend in logs_backends[context.account].values():
                for group in list(backend.groups.values()):
                    group.bytes_kept()

        context.before_bill.append(let_old_events_go)

    def take(function: FunctionVersion, stream: str, events: list[tuple[int, str]]) -> None:
        backend: OfflineLogsBackend = logs_backends[function.account][function.region]
        backend.append(function.group, stream, events)

    context.function_host.log_sink = take
