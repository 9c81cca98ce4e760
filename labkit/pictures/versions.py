"""The versions of a function, and which share of the calls each alias sends to which of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.pictures.canvas import Canvas, Picture, shorten

_WIDTH, _ROW, _TOP = 640, 56, 54
_NAMES, _VERSIONS, _BOX = 16, 330, 44


def versions(
    function: str, published: Sequence[Mapping[str, Any]], aliases: Sequence[Mapping[str, Any]]
) -> Picture:
    """Draw aliases at the left, versions at the right, and between them an arrow for each share of the calls.

    `published` are the members of `Versions` in ListVersionsByFunction (with `$LATEST`), `aliases` those of
    `Aliases` in ListAliases. A call without a qualifier goes to `$LATEST`.
    """
    canvas = Canvas(f"Versions of {function}", _WIDTH)
    order = sorted(published, key=lambda version: _place(version["Version"]))
    middles = {version["Version"]: _TOP + _ROW * row + _BOX / 2 for row, version in enumerate(order)}
    canvas.words(_NAMES, 24, f"Calls to {shorten(function, 28)}", bold=True)
    canvas.words(_VERSIONS, 24, "run the code and configuration of", bold=True)
    names = [(function, {"$LATEST": 1.0}), *((_called(function, alias), _shares(alias)) for alias in aliases)]
    for row, (name, shares) in enumerate(names):
        top = _TOP + _ROW * row
        told = ", ".join(f"{_percent(share)} to {version}" for version, share in shares.items())
        canvas.begin_fact(f"A call to {name} goes {told}")
        canvas.box(_NAMES, top, 200, _BOX, "invoke" if row else "plain", radius=20)
        canvas.words(_NAMES + 16, top + 27, shorten(name, 24))
        for number, (version, share) in enumerate(shares.items()):
            if version not in middles:
                continue
            start = top + _BOX * (number + 1) / (len(shares) + 1)
            canvas.line(_NAMES + 200, start, _VERSIONS - 2, middles[version], arrow=True, dashed=share < 0.5)
            if len(shares) > 1:
                across = 0.42 + 0.2 * number
                x = _NAMES + 200 + (_VERSIONS - _NAMES - 202) * across
                canvas.words(x, start + (middles[version] - start) * across - 6, _percent(share), bold=True)
        canvas.end_fact()
    for entry in order:
        released = str(entry["Version"])
        frozen = "can change" if released == "$LATEST" else "frozen"
        facts = f"{entry.get('Runtime', 'image')}, {entry.get('MemorySize', 128)} MB"
        code = str(entry.get("CodeSha256", ""))[:8]
        above = middles[released] - _BOX / 2
        canvas.begin_fact(f"Version {released}: {frozen}, code {code}, {facts}")
        latest = released == "$LATEST"
        canvas.box(_VERSIONS, above, 294, _BOX, "idle" if latest else "succeeded", dashed=latest)
        canvas.words(_VERSIONS + 14, above + 19, f"{released} · {frozen}", bold=True)
        canvas.words(_VERSIONS + 14, above + 36, shorten(f"code {code} · {facts}", 40), size=12)
        canvas.end_fact()
    count = len(order) - ("$LATEST" in middles)
    return canvas.picture(f"{_counted(count, 'published version')} and {_counted(len(aliases), 'alias')}.")


def _place(version: str) -> int:
    return -1 if version == "$LATEST" else int(version)


def _called(function: str, alias: Mapping[str, Any]) -> str:
    return f"{function}:{alias['Name']}"


def _shares(alias: Mapping[str, Any]) -> dict[str, float]:
    """The share of each version, the one that the alias points to first."""
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return {str(alias["FunctionVersion"]): 1.0 - sum(weights.values()), **weights}


def _counted(number: int, what: str) -> str:
    plural = "es" if what.endswith("s") else "s"
    return f"{number} {what}{'' if number == 1 else plural}"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace(".0%", "%")
