"""What was not measured, as a gap record says it."""

from gateway.model import Gap, Moment, Reason


def missing(
    sensor: str, measured: Moment, begins: Moment, interval_ns: int, late_ns: int
) -> Gap | None:
    """Between what was measured last and what begins then; None if that is no later than usual.

    How many readings are missing is not known over a boot, nor of a sensor without intervals.
    """
    (boot, until_ns), (present, begins_ns) = measured, begins
    missed = None
    if boot == present:
        if begins_ns - until_ns <= late_ns:
            return None
        missed = (begins_ns - until_ns) // interval_ns if interval_ns else None
    return Gap(Reason.NOT_MEASURED, sensor, None, missed, measured, begins)
