
function refusal(problem) {
  return { errors: [String((problem && problem.message) || problem)] };
}

function decodeUplink(input) {
  try {
    var given = input.recvTime !== undefined && input.recvTime !== null;
    var received = given ? new Date(input.recvTime).getTime() : Date.now();
    if (isNaN(received)) {
      throw new Error("recvTime is no time");
    }
    if (input.fPort === CLOCK_PORT) {
      return { data: readTimeRequest(input.bytes, received) };
    }
    var reader = new Reader(input.bytes);
    var version = reader.bits(2);
    if (version !== VERSION) {
      throw new Error("version " + version + " of the encoding: this codec knows " + VERSION);
    }
    var profile = reader.bits(6);
    if (profile === STATUS) {
      return { data: readStatus(reader) };
    }
    return { data: readFrame(reader, profile, Math.floor(received / 1000)) };
  } catch (problem) {
    return refusal(problem);
  }
}

// Only what the normalised schema knows: time and air. Counts of people are not in it.
function normalizeUplink(input) {
  var found = [];
  eachPart((input.data && input.data.rows) || [], function (part, row) {
    var air = {};
    var any = false;
    for (var i = 0; i < NORMAL.length; i++) {
      var value = part.values[NORMAL[i][0]];
      if (typeof value === "number") {
        value = value / NORMAL[i][2];
        if (value >= NORMAL[i][3] && value <= NORMAL[i][4]) {
          air[NORMAL[i][1]] = value;
          any = true;
        }
      }
    }
    var time = row.t1 || row.t;
    if (any) {
      found.push(time ? { time: time, air: air } : { air: air });
    }
  });
  return { data: found };
}

function encodeDownlink(input) {
  try {
    var data = input.data || {};
    if (data.time) {
      return timeAnswer(data.time);
    }
    var commands = data.commands || [data];
    var bytes = [];
    for (var i = 0; i < commands.length; i++) {
      putCommand(bytes, commands[i]);
    }
    if (bytes.length < 1 || bytes.length > MOST_BYTES) {
      throw new Error("a downlink has 1 to " + MOST_BYTES + " bytes, this " + bytes.length);
    }
    return { bytes: bytes, fPort: COMMAND_PORT };
  } catch (problem) {
    return refusal(problem);
  }
}

function decodeDownlink(input) {
  try {
    if (input.fPort === CLOCK_PORT) {
      return { data: readTimeAnswer(input.bytes) };
    }
    return { data: { commands: readCommands(input.bytes) } };
  } catch (problem) {
    return refusal(problem);
  }
}
