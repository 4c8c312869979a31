"""A Microchip RN2483: joins, keeps its session over a power cut, sends.

Theory, session: a join is followed by `mac save`, which keeps keys, address and channels in its
EEPROM, and of the counters only those of that moment. So after a power cut the session goes on as
the modem has kept it (`mac join abp` takes what is stored, no other keys), with counters behind
those that the node knew: a network takes no counter twice, and lets some thousands be left out. A
node that has lost its own memory joins anew. DevNonces are drawn at random by the modem.

Retries of confirmed uplinks are off (`retx 0`), and so are its own replies (`ar off`). Settings and
keys are written to its memory, and only `mac save` wears its EEPROM; the AppKey, which cannot be
read, is written before each join. It waits for no duty cycle: `no_free_ch` tells no time.
"""

import re

from drivers.errors import BadData, BusError, WrongDevice
from drivers.lorawan.contract import Identity, Joined, Keys, Sent, Session, Settings
from drivers.lorawan.dialogue import End
from drivers.lorawan.rn2483 import codec
from drivers.lorawan.serial_modem import CONFIRMED_S, SEND_S, SerialModem
from drivers.lorawan.values import hex_digits, level, number

COUNTER_MARGIN = 100
"""Uplinks that may have been on the air since the node last wrote down the counter."""

_JOINED_BIT = 1
_MOST_COUNTER = 0xFFFF_FFFF


class Rn2483(SerialModem):
    """One modem."""

    family = "rn2483"
    baudrate = codec.BAUDRATE
    dialect = codec.DIALECT

    def _resume(self, known: Session | None) -> Session | None:
        if self._joined() or (known is not None and self._restored(known)):
            return self._as_it_is()
        return None

    def join(self) -> Joined:
        if self._keys is None:
            raise BadData("the rn2483 has no keys to join with", "prepare it first")
        self._do(codec.put("appkey", self._keys.app_key.upper()))
        self._adjust("dr", codec.NUMBER, str(self._settings.data_rate))
        outcome = self._exchange.ask(codec.JOIN)
        if outcome.lines[-1] in ("keys_not_init", "invalid_param"):
            raise BadData(f"the rn2483 cannot join: {outcome.lines[-1]}", "check the keys")
        if outcome.end is End.REFUSED:
            said = codec.fate(outcome.lines[-1], confirmed=False)
            return self._not_asked(codec.JOIN, outcome, said)
        if outcome.lines[-1] != "accepted":
            return Joined()
        self._do(codec.SAVE)
        self._rekeyed = False
        return Joined(self._as_it_is())

    def session(self) -> Session | None:
        return self._as_it_is() if self._joined() else None

    def _identify(self) -> Identity:
        firmware = self._value(codec.VERSION)
        own = hex_digits(self._value(codec.get("deveui", codec.HEX16)), 16)
        if not int(own, 16):
            own = hex_digits(self._value(codec.HARDWARE_EUI), 16)
        return Identity(self.family, firmware, own)

    def _prepare(self, keys: Keys, settings: Settings) -> None:
        self._need_868()
        self._adjust("adr", codec.WORD, "on" if settings.adr else "off")
        self._adjust("ar", codec.WORD, "off")
        self._adjust("retx", codec.NUMBER, "0")
        self._adjust("class", codec.WORD, "a")
        self._write_euis(keys)
        if not settings.adr:
            self._adjust("dr", codec.NUMBER, str(settings.data_rate))

    def _need_868(self) -> None:
        band = self._told(codec.get("band", codec.NUMBER))
        if band == "433":
            self._do(codec.RESET)
        elif band not in ("868", None):
            raise WrongDevice(f"the rn2483 is set to {band} MHz", "it takes one for EU868")

    def _write_euis(self, keys: Keys) -> None:
        own = keys.dev_eui or hex_digits(self._value(codec.HARDWARE_EUI), 16)
        other_device = self._adjust("deveui", codec.HEX16, own.upper())
        other_network = self._adjust("appeui", codec.HEX16, keys.join_eui.upper())
        self._rekeyed = self._rekeyed or other_device or other_network

    def _adjust(self, name: str, answer: re.Pattern[str], wanted: str) -> bool:
        """Where it reads otherwise; an old firmware need not know what it cannot read."""
        told = self._told(codec.get(name, answer))
        differs = told is not None and told.split()[-1].lower() != wanted.lower()
        if differs:
            self._do(codec.put(name, wanted))
        return differs

    def _joined(self) -> bool:
        return bool(int(self._value(codec.get("status", codec.STATUS)), 16) & _JOINED_BIT)

    def _restored(self, known: Session) -> bool:
        """Whether the session that it has saved is that one, and goes on."""
        address = hex_digits(self._value(codec.get("devaddr", codec.HEX8)), 8)
        if known.uplink_counter is None or address != known.dev_addr.upper():
            return False
        counter = known.uplink_counter + COUNTER_MARGIN
        if counter > _MOST_COUNTER or not int(address, 16):
            return False
        saved = number(self._value(codec.get("upctr", codec.NUMBER)))
        self._do(codec.put("upctr", str(max(counter, saved))))
        if known.downlink_counter is not None:
            self._do(codec.put("dnctr", str(known.downlink_counter)))
        outcome = self._exchange.ask(codec.RESUME)
        return outcome.end is End.ANSWERED and outcome.lines[-1] == "accepted"

    def _as_it_is(self) -> Session:
        return Session(
            hex_digits(self._value(codec.get("devaddr", codec.HEX8)), 8),
            self._data_rate(),
            number(self._value(codec.get("upctr", codec.NUMBER))),
            number(self._value(codec.get("dnctr", codec.NUMBER))),
        )

    def _data_rate(self) -> int:
        return number(self._value(codec.get("dr", codec.NUMBER)), most=7)

    def _send(self, port: int, payload: bytes, confirmed: bool) -> Sent:
        within_s = CONFIRMED_S if confirmed else SEND_S
        outcome = self._exchange.ask(codec.uplink(port, payload, confirmed, within_s))
        said = outcome.lines[-1]
        self._came(said)
        sent = codec.fate(said, confirmed)
        if sent is None:
            raise BusError(
                f"the rn2483 says {said!r}: nobody knows what became of the uplink",
                "if it stays so, look at its antenna and its supply",
            )
        return sent

    def _absorb(self) -> None:
        for line in self._exchange.events():
            down = codec.downlink(line)
            if down is not None:
                self._down.append(down)

    def _came(self, line: str) -> None:
        """With the SNR, which is that of the packet that came last."""
        down = codec.downlink(line)
        if down is not None:
            snr = self._told(codec.SNR)
            self._down.append(down._replace(snr=None if snr is None else level(snr)))
