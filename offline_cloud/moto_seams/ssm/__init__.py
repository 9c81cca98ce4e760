"""SSM: moto's own, without EC2 in its train.

`moto.ssm` imports all of `moto.ec2` for one operation (SendCommand to instances found by tag), which takes
most of a second of the first `PutParameter` of a cloud. Here EC2 is imported when it is asked for.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


class _LateBackends:
    """`ec2_backends`, imported on use."""

    def __getitem__(self, account: str) -> Any:
        from moto.ec2.models import ec2_backends

        return ec2_backends[account]


def install(context: CloudContext) -> None:
    """Import moto's SSM without EC2; before the process's first request to SSM."""
    if "moto.ec2" in sys.modules or "moto.ssm.models" in sys.modules:
        return
    stand_in: Any = ModuleType("moto.ec2")
    spec = find_spec("moto.ec2")
    # With its path, so that its submodules can be imported meanwhile.
    stand_in.__path__ = spec.submodule_search_locations if spec is not None else []
    stand_in.ec2_backends = _LateBackends()
    sys.modules["moto.ec2"] = stand_in
    try:
        import moto.ssm.models  # noqa: F401 - for its effect
    finally:
        del sys.modules["moto.ec2"]
