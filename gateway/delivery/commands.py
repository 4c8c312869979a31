"""Messages to a node: checked, bounded, and answered (promise 23).

Whoever may write to the broker may write here, so nothing of it is believed: what is too large, too
much or makes no sense is dropped or refused, and said. There is no command that changes anything.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import UNSET

from gateway.clock import Clock
from gateway.delivery.replay import Refusal, Replays
from gateway.encoding import messages
from gateway.encoding.messages import ReplyState, Request
from gateway.trouble import Trouble
from gateway.uplink.contract import Payload

logger = logging.getLogger(__name__)

MAX_BYTES = 4_000
AT_ONCE = 10
"""Commands that are answered at once; after that one a second."""

TOPIC = "cmd/"
REPLY = "reply"
MAX_PROBLEM = 200
_FORGET_S = 600.0
"""So long after the last one that was dropped it is no trouble any more."""


class Answering(Protocol):
    """What a node answers from."""

    def read(self, sensor: str) -> messages.ReadResult:
        """The newest reading of that sensor. Raises KeyError if there is no such sensor."""
        ...

    def identity(self) -> messages.Identity:
        """What computer and program this is."""
        ...


class Commands:
    """Of one uplink; `answer` takes the replies, `report` publishes what is known again.

    `protected` are sensors whose newest reading may not be told as it is.
    """

    def __init__(
        self,
        node: str,
        answering: Answering,
        clock: Clock,
        answer: Callable[[Payload], None],
        report: Callable[[], None],
        protected: frozenset[str] = frozenset(),
    ) -> None:
        self.trouble = Trouble(f"node {node}", "is sent too many commands", clock, logger)
        self.replays: Replays | None = None
        """Where replays are asked for."""
        self._node = node
        self._answering = answering
        self._clock = clock
        self._answer = answer
        self._report = report
        self._protected = protected
        self._free_ns = 0
        """When the bucket of those that may come at once will be empty again."""
        self._dropped_ns = 0
        self._verbs: Mapping[str, tuple[type[Request], Callable[[Any], Any]]] = {
            "replay": (messages.ReplayRequest, self._replay),
            "read": (messages.ReadRequest, self._read),
            "report-status": (Request, self._report_status),
            "identify": (Request, self._identify),
        }

    def hear(self, payload: Payload) -> None:
        """One message on `cmd/...`."""
        if not self._may_answer():
            return
        name = payload.topic.removeprefix(TOPIC)
        if name not in self._verbs:
            known = ", ".join(self._verbs)
            self._reply("", Request(), ReplyState.REFUSED, f"there is no such command; {known}")
            return
        self._run(name, payload.body)

    def done(self, request: messages.ReplayRequest, result: messages.ReplayResult) -> None:
        """That replay is through."""
        self._reply("replay", request, ReplyState.DONE, result=result)

    def _run(self, name: str, body: bytes) -> None:
        form, act = self._verbs[name]
        try:
            request = _parsed(body, form)
        except Refusal as refusal:
            self._reply(name, Request(), ReplyState.REFUSED, str(refusal)[:MAX_PROBLEM])
            return
        try:
            result = act(request)
        except Refusal as refusal:
            self._reply(name, request, ReplyState.REFUSED, str(refusal))
            return
        state = ReplyState.ACCEPTED if result is None else ReplyState.DONE
        self._reply(name, request, state, result=UNSET if result is None else result)

    def _replay(self, request: messages.ReplayRequest) -> None:
        assert self.replays is not None
        self.replays.ask(request)

    def _read(self, request: messages.ReadRequest) -> messages.ReadResult:
        if request.sensor in self._protected:
            there = f"live/{request.sensor}"
            raise Refusal(f"newest values of people are on {there}, as this uplink protects them")
        try:
            return self._answering.read(request.sensor)
        except KeyError:
            raise Refusal("there is no such sensor; `meta` names them") from None

    def _report_status(self, _request: Request) -> dict[str, Any]:
        self._report()
        return {}

    def _identify(self, _request: Request) -> messages.Identity:
        identity = self._answering.identity()
        logger.info("somebody asks which computer this is: %s", identity.computer)
        return identity

    def _may_answer(self) -> bool:
        """Whether there is room in the bucket; what is dropped is a finding for a while."""
        now_ns = self._clock.now_ns()
        if now_ns - self._dropped_ns > _FORGET_S * 1e9:
            self.trouble.went()
        self._free_ns = max(self._free_ns, now_ns)
        if self._free_ns - now_ns > (AT_ONCE - 1) * 1e9:
            self._dropped_ns = now_ns
            self.trouble.came(
                Refusal("more than one a second are dropped"),
                "who publishes on its cmd topics? see the broker's log and its ACL",
            )
            return False
        self._free_ns += 1_000_000_000
        return True

    def _reply(
        self,
        command: str,
        request: Request,
        state: ReplyState,
        problem: str | msgspec.UnsetType = UNSET,
        result: Any = UNSET,
    ) -> None:
        reply: messages.AnyReply = messages.Reply(
            node=self._node,
            command=command,
            id=request.id,
            state=state,
            problem=problem,
            result=result,
        )
        self._answer(Payload(REPLY, msgspec.json.encode(reply)))


def _parsed(body: bytes, form: type[Request]) -> Request:
    """Raises Refusal. The words of the fault hold nothing of the message."""
    if len(body) > MAX_BYTES:
        raise Refusal(f"more than {MAX_BYTES} bytes")
    try:
        return msgspec.json.decode(body or b"{}", type=form)
    except msgspec.ValidationError as error:
        raise Refusal(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("not a JSON object in UTF-8") from error
