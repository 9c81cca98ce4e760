"""Step Functions: nothing of moto's but its place, its CloudFormation resource, and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the first request to Step Functions of this process."""
    from moto.stepfunctions.models import stepfunctions_backends

    from offline_cloud.moto_seams import dispatch
    from offline_cloud.moto_seams.stepfunctions.models import OfflineStepFunctionsBackend
    from offline_cloud.moto_seams.stepfunctions.responses import Responses
    from offline_cloud.step_functions.service import StepFunctions

    service = StepFunctions(context)
    context.on_reset.append(service.reset)
    context.machine_usages.append(service.usage)
    OfflineStepFunctionsBackend.service = service
    dispatch.answer_directly("stepfunctions", Responses(service, context.account))
    stepfunctions_backends.backend = OfflineStepFunctionsBackend
