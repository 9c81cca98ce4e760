"""Every event type of the API has its details here; the shapes are those of the SDK's own model."""

import botocore.session
import pytest

from offline_cloud.engines.states_language.history import EVENT_TYPES, History, JsonText

MODEL = botocore.session.get_session().get_service_model("stepfunctions")
EVENT = MODEL.shape_for("HistoryEvent").members


def test_all_types_of_the_api_are_known() -> None:
    assert set(EVENT["type"].enum) == EVENT_TYPES


@pytest.mark.parametrize("event_type", sorted(EVENT_TYPES))
def test_details_are_what_the_model_says(event_type: str) -> None:
    history = History()
    history.append(1.5, event_type, 0, ({"v": "1"},) * 7)
    (event,) = history.events()
    shown = {name: value for name, value in event.items() if name.endswith("Details")}
    for name, details in shown.items():
        members = EVENT[name].members
        assert details.keys() <= members.keys()
    if not shown:
        camel = event_type[0].lower() + event_type[1:]
        assert f"{camel}EventDetails" not in EVENT


def test_a_part_of_a_history() -> None:
    history = History()
    for place in range(5):
        history.append(float(place), "ParallelStateStarted", place)
    assert [event["id"] for event in history.events(1, 3)] == [2, 3]
    assert [event["id"] for event in history.events(-1)] == [5]
    assert history.events(9) == []
    assert len(history) == 5


def test_what_is_absent_is_left_out_but_null_data_is_shown() -> None:
    history = History()
    history.append(0.0, "ExecutionFailed", 0, (None, None))
    history.append(0.0, "PassStateEntered", 0, ("S", None))
    history.append(0.0, "PassStateEntered", 0, ("S", JsonText("[ 1 ]")))
    failed, null, kept = history.events()
    assert failed["executionFailedEventDetails"] == {}
    assert null["stateEnteredEventDetails"]["input"] == "null"
    assert kept["stateEnteredEventDetails"]["input"] == "[ 1 ]"
