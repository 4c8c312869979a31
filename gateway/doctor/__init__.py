"""What is wrong with a node, and the one thing to do about it: the checks behind `gateway doctor`.

Nothing here changes anything, and each check ends within seconds, whatever does not answer. What
this user may not look at is said instead of guessed.
"""

from gateway.doctor.check import Check, Verdict
from gateway.doctor.round import diagnose, faulty_configuration

__all__ = ["Check", "Verdict", "diagnose", "faulty_configuration"]
