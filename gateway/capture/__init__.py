"""Debugging captures: raw data of a sensor in a file of this node, as long as its keeper wants it.

Theory (promise 18: opt-in, local, limited in time, visible). A capture waits, runs, and is over; it
never goes back. It is *opt-in* by a line of the configuration, which names its sensor and its end.

Limited in time, by whichever comes first:

- its end in UTC, which is in the next 7 days when it begins. It begins only while somebody vouches
  for the clock. From then on the end is a moment of the time since boot: a clock that is stepped
  back, or that nobody vouches for any more, cannot move it away; one that is stepped on moves it
  nearer, at once.
- 24 h of running time in all, over restarts. Each minute is paid for ahead, in a file, so that a
  program that is killed again and again has none twice. Who wants more writes another end.
- 50 MB in all files of the sensor; less than `buffer.reserve` on the disk; a write that fails; a
  file that somebody deletes.

Whatever cannot be known ends it: too little is captured rather than too much.

The thread of the bus only puts lines into a small bounded buffer, and a thread of its own writes
them once a second: a slow disk loses lines, which the file says, and never delays a reading.

*Local*: nothing here is sent. *Visible*: a finding in each of its states, a line in `gateway
status`, `capture_until` in `meta`, and no notice for citizens while it is configured. The program's
log says when it begins and ends, never what. Files are deleted when they are 14 days old
(leftovers.py).
"""

from gateway.capture.capture import Capture, State
from gateway.capture.captures import FOLDER, Captures
from gateway.capture.telling import CaptureStatus, capture_status

__all__ = ["FOLDER", "Capture", "CaptureStatus", "Captures", "State", "capture_status"]
