"""Recognises a TF-Luna on I2C by its signature in registers 3C to 3F (unconfirmed); only reads.

One of the two that a `tf-luna-pair` needs: which is the outer one only the keeper knows.
"""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.people.tf_luna_pair import codec
from drivers.people.tf_luna_pair.driver import TfLunaPairConfig
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int) -> str | None:
    found = steady(bus, address, bytes([codec.SIGNATURE]), len(codec.LUNA))
    return "signature LUNA, one TF-Luna of two" if found == codec.LUNA else None


PROBE = I2cProbe(addresses(TfLunaPairConfig), _says)
