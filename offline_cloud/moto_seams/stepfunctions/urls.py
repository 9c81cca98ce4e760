"""The path of the Step Functions API: there is only one."""

from __future__ import annotations

from offline_cloud.moto_seams.stepfunctions.responses import StepFunctionsResponses

__all__ = ["url_bases", "url_paths"]

url_bases = [r"https?://states\.(.+)\.amazonaws\.com", r"https?://sync-states\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": StepFunctionsResponses.dispatch}
