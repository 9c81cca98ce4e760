"""Event patterns: which events a rule, or an event source mapping, is interested in."""

from offline_cloud.engines.events.patterns import Pattern, PatternError, compile_pattern

__all__ = ["Pattern", "PatternError", "compile_pattern"]
