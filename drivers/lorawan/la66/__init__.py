"""Dragino LA66."""
