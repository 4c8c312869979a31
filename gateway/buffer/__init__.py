"""The log on disk: the only queue of the program."""

from gateway.buffer.log import Log

__all__ = ["Log"]
