"""The ledger of airtime of a radio uplink: it knows before sending when the next may go."""

from gateway.airtime.fair_use import FAIR_USE, UNLIMITED, Budget
from gateway.airtime.ledger import Charge, Ledger
from gateway.airtime.told import Told

__all__ = ["FAIR_USE", "UNLIMITED", "Budget", "Charge", "Ledger", "Told"]
