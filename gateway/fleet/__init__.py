"""The fleet: which nodes and readers a broker serves, and what it is told of them."""

from gateway.fleet.load import load, parse
from gateway.fleet.types import Fleet, Reader

__all__ = ["Fleet", "Reader", "load", "parse"]
