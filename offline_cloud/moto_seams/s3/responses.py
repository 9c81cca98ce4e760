"""moto's S3 responses, for notification configurations as AWS reads them.

Rule: a filter without rules, or a rule without a value, filters nothing; a rule's name is prefix or suffix in
any case. moto knows neither.
"""

from __future__ import annotations

import re
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response

from offline_cloud.moto_seams.s3.destinations import SKIPPED

_RULE = re.compile(r"<FilterRule>.*?</FilterRule>", re.DOTALL)
_NAME = re.compile(r"<Name>\s*(.*?)\s*</Name>", re.DOTALL)
_VALUE = re.compile(r"<Value>.+?</Value>", re.DOTALL)
_EMPTY_FILTER = re.compile(r"<Filter>\s*(<S3Key>\s*</S3Key>|<S3Key\s*/>)?\s*</Filter>|<Filter\s*/>")


class OfflineS3Response(S3Response):
    """Answers of S3."""

    body: Any

    def _notification_config_from_body(self) -> dict[str, Any]:
        text = self.body.decode() if isinstance(self.body, bytes) else str(self.body)
        self.body = _EMPTY_FILTER.sub("", _RULE.sub(_rule, text))
        configuration: dict[str, Any] = super()._notification_config_from_body()
        if configuration and self.headers.get("x-amz-skip-destination-validation", "").lower() == "true":
            configuration[SKIPPED] = True
        return configuration


def _rule(found: re.Match[str]) -> str:
    rule = found[0]
    name = _NAME.search(rule)
    if name is None or name[1].lower() not in ("prefix", "suffix"):
        raise S3ClientError("InvalidArgument", "filter rule name must be either prefix or suffix")
    if not _VALUE.search(rule):
        return ""
    return _NAME.sub(f"<Name>{name[1].lower()}</Name>", rule)
