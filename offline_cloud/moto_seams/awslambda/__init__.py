"""Lambda: moto's records, our execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the first request to Lambda of this process."""
    from moto.awslambda.models import lambda_backends

    from offline_cloud.moto_seams import dispatch, logs
    from offline_cloud.moto_seams.awslambda import code_downloads
    from offline_cloud.moto_seams.awslambda.event_queue import EventQueue
    from offline_cloud.moto_seams.awslambda.event_source_operations import EventSourceOperations
    from offline_cloud.moto_seams.awslambda.event_sources import EventSources
    from offline_cloud.moto_seams.awslambda.function_url_calls import answerer
    from offline_cloud.moto_seams.awslambda.models import OfflineLambdaBackend

    logs.install(context)  # functions write there
    OfflineLambdaBackend.context = context
    OfflineLambdaBackend.host = context.function_host
    OfflineLambdaBackend.queue = EventQueue(context)
    context.on_reset.append(OfflineLambdaBackend.queue.reset)
    EventSourceOperations.sources = OfflineLambdaBackend.sources = EventSources(context)
    context.on_reset.append(EventSourceOperations.sources.reset)
    context.event_stories = OfflineLambdaBackend.queue.stories
    dispatch.answer_directly(dispatch.FUNCTION_URLS, answerer(context))
    dispatch.answer_directly(dispatch.CODE_LOCATIONS, code_downloads.answerer(context))
    lambda_backends.backend = OfflineLambdaBackend
