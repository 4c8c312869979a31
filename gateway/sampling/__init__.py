"""Reads the sensors: when, what their counts amount to, and what was not measured."""
