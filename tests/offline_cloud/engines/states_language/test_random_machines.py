"""No false alarm on what the language allows, and what validation lets pass can be run."""

import json

import pytest

from offline_cloud.engines.states_language.definition import compile_machine
from offline_cloud.engines.states_language.validation import validate
from tests.offline_cloud.engines.states_language.random_machines import Writer


@pytest.mark.parametrize("seed", range(5))
def test_what_the_language_allows_is_valid_and_compiles(seed: int) -> None:
    writer = Writer(seed)
    for _ in range(30):
        machine = writer.machine()
        errors = [each.summary() for each in validate(json.dumps(machine)) if each.severity == "ERROR"]
        assert errors == [], json.dumps(machine)
        assert compile_machine(machine).definition is machine
