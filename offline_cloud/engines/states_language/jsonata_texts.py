"""JSONata's functions on texts: casting, cutting, searching by text or regular expression, encoding.

Each takes the Run and its checked arguments. Documented at docs.jsonata.org, "String functions".
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

from offline_cloud.engines.states_language.jsonata_calls import call
from offline_cloud.engines.states_language.jsonata_values import (
    MOST_BYTES,
    OUT_OF_MEMORY,
    UNDEFINED,
    JsonataError,
    Matcher,
    Run,
    Sequence,
    is_function,
    is_number,
    number_text,
    tidy,
)

__all__ = ["TEXT_FUNCTIONS", "text_of"]


def _fifteen_digits(value: Any) -> Any:
    """What JSON.stringify is given: numbers with 15 digits, functions as empty texts."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, list):
        return [_fifteen_digits(item) for item in value]
    if isinstance(value, dict):
        return {name: _fifteen_digits(item) for name, item in value.items()}
    return ""


def _number(value: float) -> str:
    if isinstance(value, int) and abs(value) < 10**15:
        return str(value)
    return number_text(float(f"{value:.15g}"))


def _stringify(value: Any, indent: str, pretty: bool) -> Iterator[str]:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, (int, float)):
        yield _number(value) if math.isfinite(value) else "null"
    elif not value:
        yield "[]" if isinstance(value, list) else "{}"
    else:
        inner = indent + "  " if pretty else ""
        gap = "\n" + inner if pretty else ""
        opening, closing = "[]" if isinstance(value, list) else "{}"
        yield opening
        items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for place, (name, item) in enumerate(items):
            yield ("," if place else "") + gap
            if name is not None:
                yield json.dumps(name, ensure_ascii=False) + (": " if pretty else ":")
            yield from _stringify(item, inner, pretty)
        yield ("\n" + indent if pretty else "") + closing


def text_of(value: Any, pretty: bool = False) -> str:
    """JSONata's $string of a value that is something."""
    if isinstance(value, str):
        return value
    if is_function(value):
        return ""
    if is_number(value):
        if not math.isfinite(value):
            raise JsonataError("D3001", value=value)
        return _number(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return "".join(_stringify(_fifteen_digits(value), "", pretty))


def held(text: str) -> str:
    """The text, unless the service would not have the memory for it."""
    if len(text) > MOST_BYTES:
        raise JsonataError("", message=OUT_OF_MEMORY)
    return text


def _string(run: Run, value: Any, pretty: Any = False) -> Any:
    return UNDEFINED if value is UNDEFINED else text_of(value, pretty is True)


def _whole(number: float) -> int:
    return math.trunc(number)


def _substring(run: Run, text: Any, start: Any, length: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    start = 0 if start is UNDEFINED or len(text) + start < 0 else start
    if length is UNDEFINED:
        return text[_whole(start) :]
    if length <= 0:
        return ""
    end = start + length if start >= 0 else len(text) + start + length
    return text[_whole(start) : _whole(end)]


def _substring_before(run: Run, text: Any, part: Any) -> Any:
    if text is UNDEFINED or part is UNDEFINED:
        return text
    before, found, _ = text.partition(part) if part else ("", "", "")
    return before if found or not part else text


def _substring_after(run: Run, text: Any, part: Any) -> Any:
    if text is UNDEFINED or part is UNDEFINED or not part:
        return text
    _, found, after = text.partition(part)
    return after if found else text


def _of_text(change: Callable[[str], Any]) -> Callable[..., Any]:
    return lambda run, text: UNDEFINED if text is UNDEFINED else change(text)


def _trim(text: str) -> str:
    return re.sub(r"[ \t\n\r]+", " ", text).strip(" ")


def _pad(run: Run, text: Any, width: Any, filler: Any = UNDEFINED) -> Any:
    if text is UNDEFINED or width is UNDEFINED:
        return text
    filler = filler if filler is not UNDEFINED and filler else " "
    missing = _whole(abs(width)) - len(text)
    if missing <= 0:
        return text
    if missing > MOST_BYTES:
        raise JsonataError("", message=OUT_OF_MEMORY)
    padding = (filler * (missing // len(filler) + 1))[:missing]
    return text + padding if width > 0 else padding + text


# ---- regular expressions ---------------------------------------------------------------------------


def matches(run: Run, matcher: Any, text: str) -> Iterator[dict[str, Any]]:
    """What a regular expression, or a function in its place, finds in a text, one after another."""
    if not isinstance(matcher, Matcher):
        found = call(run, matcher, [text])
        while found is not UNDEFINED:
            if not isinstance(found, dict) or not is_function(found.get("next")):
                raise JsonataError("T1010", value=found)
            yield found
            found = call(run, found["next"], [])
        return
    at = 0
    while True:
        run.spend(1)
        match = matcher.pattern.search(text, at)
        if match is None:
            return
        if not match[0]:
            raise JsonataError("D1004", value=matcher.source)
        yield {
            "match": match[0],
            "start": match.start(),
            "end": match.end(),
            "groups": [UNDEFINED if group is None else group for group in match.groups()],
        }
        at = match.end()
        if at >= len(text):
            return


def _refuse_negative(code: str, limit: Any, index: int) -> None:
    if limit is not UNDEFINED and limit < 0:
        raise JsonataError(code, value=limit, index=index)


def _match(run: Run, text: Any, matcher: Any, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    _refuse_negative("D3040", limit, 3)
    result = Sequence()
    if limit is UNDEFINED or limit > 0:
        for found in matches(run, matcher, text):
            result.append({"match": found["match"], "index": found["start"], "groups": found["groups"]})
            if limit is not UNDEFINED and len(result) >= limit:
                break
    return result


def _contains(run: Run, text: Any, token: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if token is UNDEFINED:
        return False
    if isinstance(token, str):
        return token in text
    return next(matches(run, token, text), None) is not None


def _expansion(template: str) -> Callable[[dict[str, Any]], str]:
    """What replaces a match: `$$` a dollar, `$0` the match, `$1` its first group."""

    def expand(found: dict[str, Any]) -> str:
        groups = found["groups"]
        pieces: list[str] = []
        at = 0
        while (dollar := template.find("$", at)) != -1:
            pieces.append(template[at:dollar])
            at = dollar + 1
            sign = template[at : at + 1]
            if sign in ("$", "0"):
                pieces.append("$" if sign == "$" else found["match"])
                at += 1
                continue
            most = len(str(len(groups))) if groups else 1
            digits = re.match(rf"[0-9]{{1,{most}}}", template[at:])
            if digits is None:
                pieces.append("$")
                continue
            number = digits[0]
            if most > 1 and int(number) > len(groups):
                number = number[:-1] or number
            if groups:
                group = groups[int(number) - 1] if 0 < int(number) <= len(groups) else UNDEFINED
                pieces.append(group if isinstance(group, str) else "")
            at += len(str(int(number)))
        pieces.append(template[at:])
        return "".join(pieces)

    return expand


def _replace(run: Run, text: Any, pattern: Any, replacement: Any, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if pattern == "":
        raise JsonataError("D3010", value=pattern, index=2)
    _refuse_negative("D3011", limit, 4)
    if limit is not UNDEFINED and limit <= 0:
        return text
    if isinstance(pattern, str):
        replacement = replacement if isinstance(replacement, str) else ""
        return held(text.replace(pattern, replacement, -1 if limit is UNDEFINED else math.ceil(limit)))
    expand = _expansion(replacement) if isinstance(replacement, str) else None
    pieces: list[str] = []
    at = 0
    for count, found in enumerate(matches(run, pattern, text), 1):
        pieces.append(text[at : found["start"]])
        new = expand(found) if expand else call(run, replacement, [found])
        if not isinstance(new, str):
            raise JsonataError("D3012", value=new)
        pieces.append(new)
        at = found["start"] + len(found["match"])
        if limit is not UNDEFINED and count >= limit:
            break
    return held("".join([*pieces, text[at:]]))


def _split(run: Run, text: Any, separator: Any, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    _refuse_negative("D3020", limit, 3)
    if limit is not UNDEFINED and limit <= 0:
        return []
    most = None if limit is UNDEFINED else math.ceil(limit)
    if separator is UNDEFINED:
        return [text]
    if isinstance(separator, str):
        parts = text.split(separator) if separator else list(text)
        return parts[:most]
    parts, at = [], 0
    for found in matches(run, separator, text):
        if most is not None and len(parts) >= most:
            return parts
        parts.append(text[at : found["start"]])
        at = found["end"]
    if most is None or len(parts) < most:
        parts.append(text[at:])
    return parts


def _join(run: Run, texts: Any, separator: Any = UNDEFINED) -> Any:
    if texts is UNDEFINED:
        return UNDEFINED
    return held(("" if separator is UNDEFINED else separator).join(texts))


# ---- numbers and encodings -------------------------------------------------------------------------

_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+")


def _to_number(run: Run, value: Any) -> Any:
    if value is UNDEFINED or is_number(value):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
            return tidy(float(value))
        if _OTHER_BASE.fullmatch(value):
            return int(value, 0)
    raise JsonataError("D3030", value=value, index=1)


def _base64encode(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _base64decode(text: str) -> str:
    """What is no Base64 is an internal error of the service."""
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-8", "replace")


_COMPONENT = "-_.!~*'()"
_URL = _COMPONENT + ";,/?:@&=+$#"


def _encode(name: str, safe: str) -> Callable[[str], str]:
    def encode(text: str) -> str:
        try:
            return quote(text, safe=safe)
        except UnicodeEncodeError:
            raise JsonataError("D3140", value=text, function_name=name) from None

    return encode


def _decode(name: str, kept: str) -> Callable[[str], str]:
    def decode(text: str) -> str:
        try:
            if re.search(r"%(?![0-9A-Fa-f]{2})", text):
                raise ValueError
            # decodeURI leaves those escapes that stand for signs with a meaning in a URL.
            guarded = re.sub(
                r"%([0-7][0-9A-Fa-f])",
                lambda found: found[0].replace("%", "%25") if chr(int(found[1], 16)) in kept else found[0],
                text,
            )
            return unquote(guarded, errors="strict")
        except ValueError:
            raise JsonataError("D3140", value=text, function_name=name) from None

    return decode


#: Name, signature, function.
TEXT_FUNCTIONS: list[tuple[str, str, Callable[..., Any]]] = [
    ("string", "<x-b?:s>", _string),
    ("substring", "<s-nn?:s>", _substring),
    ("substringBefore", "<s-s:s>", _substring_before),
    ("substringAfter", "<s-s:s>", _substring_after),
    ("lowercase", "<s-:s>", _of_text(str.lower)),
    ("uppercase", "<s-:s>", _of_text(str.upper)),
    ("length", "<s-:n>", _of_text(len)),
    ("trim", "<s-:s>", _of_text(_trim)),
    ("pad", "<s-ns?:s>", _pad),
    ("match", "<s-f<s:o>n?:a<o>>", _match),
    ("contains", "<s-(sf):b>", _contains),
    ("replace", "<s-(sf)(sf)n?:s>", _replace),
    ("split", "<s-(sf)n?:a<s>>", _split),
    ("join", "<a<s>s?:s>", _join),
    ("number", "<(nsb)-:n>", _to_number),
    ("base64encode", "<s-:s>", _of_text(_base64encode)),
    ("base64decode", "<s-:s>", _of_text(_base64decode)),
    ("encodeUrlComponent", "<s-:s>", _of_text(_encode("encodeUrlComponent", _COMPONENT))),
    ("encodeUrl", "<s-:s>", _of_text(_encode("encodeUrl", _URL))),
    ("decodeUrlComponent", "<s-:s>", _of_text(_decode("decodeUrlComponent", ""))),
    ("decodeUrl", "<s-:s>", _of_text(_decode("decodeUrl", ";,/?:@&=+$#"))),
]
