"""What goes over one uplink, in which order, and what becomes of it."""

from gateway.delivery.correspondence import Correspondence, Source, hears
from gateway.delivery.forwarder import Ends, Forwarder

__all__ = ["Correspondence", "Ends", "Forwarder", "Source", "hears"]
