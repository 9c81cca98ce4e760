"""Why a poller stops by itself."""


class FunctionGone(Exception):
    """The function of a mapping, or the version or alias that it names, is there no more."""
