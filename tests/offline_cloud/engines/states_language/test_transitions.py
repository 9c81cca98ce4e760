"""Where states lead, within a machine and out of it."""

from tests.offline_cloud.engines.states_language.definitions import END, errors, found, machine, state


def test_nobody_leads_into_another_machine_or_out_of_one() -> None:
    branch = machine({"In": {"Type": "Pass", "Next": "Out"}})
    definition = machine(
        {
            "P": {"Type": "Parallel", "Branches": [branch], "Next": "Q"},
            "Q": {"Type": "Pass", "Next": "In"},
            "Out": END,
        }
    )
    found_errors = found(definition, "ERROR")
    assert [(each.message, each.location) for each in found_errors] == [
        ("Missing 'Next' target: Out", "/States/P/Branches[0]/States/In/Next"),
        ("Missing 'Next' target: In", "/States/Q/Next"),
        ('State "Out" is not reachable.', "/States/Out"),
    ]
    assert "another machine (/States/Out)" in found_errors[0].advice


def test_inner_machines_have_a_start_and_reach_their_states() -> None:
    inner = {"StartAt": "X", "States": {"A": END}}
    assert errors(state(Type="Map", ItemProcessor=inner)) == [
        ("Missing 'Next' target: X", "/States/S/ItemProcessor/StartAt"),
        ('State "A" is not reachable.', "/States/S/ItemProcessor/States/A"),
    ]


def test_only_the_whole_machine_must_end() -> None:
    ring = machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}})
    assert errors(state(Type="Parallel", Branches=[ring])) == []


def test_an_island_gets_a_warning() -> None:
    definition = machine({"A": END, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "Next": "B"}})
    assert errors(definition) == []
    assert [each.location for each in found(definition, "WARNING")] == ["/States/B", "/States/C"]


def test_names_stand_once_in_the_whole_definition() -> None:
    definition = machine(
        {
            "M": {"Type": "Map", "ItemProcessor": machine({"A": END}), "Next": "P"},
            "P": {"Type": "Parallel", "Branches": [machine({"A": END}), machine({"B": END})], "End": True},
        }
    )
    assert errors(definition) == [("Duplicate State name: A", "/States/P/Branches[0]/States/A")]


def test_a_parallel_has_branches() -> None:
    assert errors(state(Type="Parallel", Branches=[])) == [
        ("Minimum number of items is 1", "/States/S/Branches")
    ]
    assert errors(state(Type="Parallel", Branches=[5])) == [
        ("Expected value of type [OBJECT]", "/States/S/Branches[0]")
    ]
    assert errors(state(Type="Parallel", Branches=[{**machine({"A": END}), "Version": "1.0"}])) == [
        ("Field 'Version' is not supported", "/States/S/Branches[0]")
    ]
