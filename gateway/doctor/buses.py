"""Whether the device of each bus is there, and whether those who need it may use it.

The service needs it: the running daemon tells by its process who that is, else systemd. Where
neither does, this user is looked at in its place. Root may everything, so that says nothing. A
channel of a multiplexer has the device of the bus that it comes from.
"""

import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from drivers.contract import BusKind
from gateway.config import OneWireBus, RootBus, root_of
from gateway.doctor import rights
from gateway.doctor.check import Check, Node, ill, unseen, well
from gateway.doctor.rights import Account

_ONEWIRE = (
    "switch 1-wire on: dtoverlay=w1-gpio in /boot/firmware/config.txt, and start anew; see whether "
    "it is: ls /sys/bus/w1/devices"
)
_ABSENT: dict[BusKind, str] = {
    "i2c": "switch I2C on: sudo raspi-config nonint do_i2c 0, sudo modprobe i2c-dev (overlays: "
    "dtoverlay= in /boot/firmware/config.txt); see which are there: ls /dev/i2c-*",
    "serial": "plug it in, and see what is there: ls -l /dev/serial/by-id; on the header: sudo "
    "raspi-config, Interface Options, Serial Port",
    "gpio": "see which chips are there, and correct `chip`: ls /dev/gpiochip*",
    "onewire": _ONEWIRE,
}
_UDEV = (
    "install the rule for it: sudo install -D -m 644 systemd/99-gateway.udev.rules "
    "/usr/lib/udev/rules.d/99-gateway.rules, sudo udevadm control --reload, sudo udevadm trigger"
)
_CLOSED: dict[BusKind, str] = {
    "i2c": _UDEV,
    "serial": "does a login shell have it? sudo raspi-config, Interface Options, Serial Port: no "
    "login shell; then start anew",
    "gpio": _UDEV,
    "onewire": _ONEWIRE,
}
_GROUP_MAY = stat.S_IRGRP | stat.S_IWGRP


def checks(node: Node) -> Iterator[Check]:
    """One for each bus."""
    buses = node.config.buses
    roots = {name: root_of(buses, name) for name in buses}
    real = any(not bus.simulated for bus in roots.values())
    service = _service(node) if real else None
    for name, bus in roots.items():
        yield _check(node, f"bus {name}", bus, service)


def _service(node: Node) -> Account | None:
    of_daemon = None if node.status is None else rights.of_process(node.status.pid)
    return of_daemon or rights.of_service()


def _check(node: Node, name: str, bus: RootBus, service: Account | None) -> Check:
    if bus.simulated:
        return well(name, f"{bus.kind}, simulated")
    try:
        file = Path(bus.device).stat()
    except PermissionError as error:
        return unseen(name, f"{bus.device}: {error.strerror}; {rights.AS_ROOT}")
    except OSError as error:
        evidence = f"{bus.device}: {error.strerror}"
        return ill(name, node.finding(name, "is not there", evidence, _ABSENT[bus.kind]))
    if isinstance(bus, OneWireBus):
        return _masters(node, name, Path(bus.device))
    if not stat.S_ISCHR(file.st_mode):
        evidence = f"{bus.device} is another kind of file"
        return ill(name, node.finding(name, "is no device", evidence, f"ls -l {bus.device}"))
    return _usable(node, name, bus, file, service)


def _masters(node: Node, name: str, folder: Path) -> Check:
    """A folder that everybody may read; without a master in it no pin is a 1-wire bus."""
    masters = list(folder.glob("w1_bus_master*"))
    if not masters:
        return ill(
            name, node.finding(name, "has no pin", f"no w1_bus_master in {folder}", _ONEWIRE)
        )
    devices = len(list(folder.glob("[0-9a-f][0-9a-f]-*")))
    return well(name, f"{folder} is there, with {devices} devices")


def _usable(
    node: Node, name: str, bus: RootBus, file: os.stat_result, service: Account | None
) -> Check:
    """It is there; whether whoever needs it may read and write it."""
    here = os.access(bus.device, os.R_OK | os.W_OK)
    user = rights.name_of(os.geteuid())
    if service is None and here:
        told = f"{bus.device} is there and {user} may use it; as whom the service runs is not known"
        return well(name, told)
    if service is not None and service.may_use(file):
        also = "" if here else f", {user} may not"
        return well(name, f"{bus.device} is there and {service.name} may use it{also}")
    who = user if service is None else service.name
    evidence = f"{bus.device} has the mode {_mode(file)}, and {who} may not read and write it"
    return ill(name, node.finding(name, "may not be used", evidence, _cure(bus, file, who)))


def _cure(bus: RootBus, file: os.stat_result, who: str) -> str:
    """The group to join, if the device has one that may use it."""
    if file.st_mode & _GROUP_MAY != _GROUP_MAY or file.st_gid == 0:
        return _CLOSED[bus.kind]
    return f"sudo usermod -aG {_group(file)} {who}; then log in anew, or systemctl restart gateway"


def _mode(file: os.stat_result) -> str:
    return f"{stat.filemode(file.st_mode)} {rights.name_of(file.st_uid)}:{_group(file)}"


def _group(file: os.stat_result) -> str:
    try:
        return grp.getgrgid(file.st_gid).gr_name
    except LookupError:
        return str(file.st_gid)
