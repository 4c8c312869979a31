"""What stands between what a part says and what is sent: correction, plausibility, averaging.

It touches neither the world nor a clock: moments come in as nanoseconds since boot.
"""

from gateway.conditioning.conditioner import Conditioned, Conditioner
from gateway.conditioning.value import Others, Suspicion

__all__ = ["Conditioned", "Conditioner", "Others", "Suspicion"]
