"""The operations of event source mappings.

Source: Lambda API reference (CreateEventSourceMapping and its neighbours).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE

from offline_cloud.moto_seams.awslambda.errors import invalid
from offline_cloud.moto_seams.awslambda.event_sources import EventSources

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineLambdaBackend

_PATH = "/event-source-mappings/"
_PAGE = 100


class EventSourceOperations:
    """The operations of event source mappings."""

    sources: ClassVar[EventSources]

    if TYPE_CHECKING:
        path: str
        json_body: dict[str, Any]

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

    def create_event_source_mapping(self) -> TYPE_RESPONSE:
        """CreateEventSourceMapping."""
        shown = self.sources.create(self.backend, self.json_body)
        return 202, {"status": 202}, json.dumps({**shown, "State": "Creating"})

    def update_event_source_mapping(self) -> TYPE_RESPONSE:
        """UpdateEventSourceMapping: what is not given stays."""
        shown = self.sources.update(self.backend, self.sources.find(self._uuid()), self.json_body)
        return 202, {"status": 202}, json.dumps({**shown, "State": "Updating"})

    def get_event_source_mapping(self, uuid: str = "") -> TYPE_RESPONSE:
        """GetEventSourceMapping."""
        return 200, {}, json.dumps(self.sources.shown(self.sources.find(self._uuid())))

    def list_event_source_mappings(self) -> TYPE_RESPONSE:
        """ListEventSourceMappings, of one function or one source if asked for; in pages."""
        source, function = (
            unquote(self._mapping_query("EventSourceArn")),
            unquote(self._mapping_query("FunctionName")),
        )
        found = self.sources.of(self.backend, source, function)
        marker, size = self._mapping_query("Marker"), self._mapping_query("MaxItems")
        names = [record["UUID"] for record in found]
        if marker and marker not in names:
            raise invalid("Invalid Marker.")
        start = names.index(marker) if marker else 0
        end = start + min(int(size or _PAGE), _PAGE)
        answer: dict[str, Any] = {"EventSourceMappings": found[start:end]}
        if end < len(found):
            answer["NextMarker"] = names[end]
        return 200, {}, json.dumps(answer)

    def delete_event_source_mapping(self, uuid: str = "") -> TYPE_RESPONSE:
        """DeleteEventSourceMapping."""
        shown = self.sources.delete(self._uuid())
        return 202, {"status": 202}, json.dumps({**shown, "State": "Deleting"})

    def _mapping_query(self, name: str) -> str:
        given: dict[str, list[str]] = getattr(self, "querystring", None) or {}
        return unquote(given.get(name, [""])[0])

    def _uuid(self) -> str:
        return unquote(self.path.rstrip("/").split(_PATH)[-1])
