
function refusal(problem) {
  return { errors: [String((problem && problem.message) || problem)] };
}

// Whole bytes, for else a text or a hole would be read as zeros.
function octets(given) {
  var bytes = [];
  for (var i = 0; i < given.length; i++) {
    bytes.push(whole(given[i], 0, 255, "bytes"));
  }
  return bytes;
}

function decodeUplink(input) {
  try {
    var bytes = octets(input.bytes);
    var given = input.recvTime !== undefined && input.recvTime !== null;
    var received = given ? new Date(input.recvTime).getTime() : Date.now();
    if (isNaN(received)) {
      throw new Error("recvTime is no time");
    }
    if (Number(input.fPort) === CLOCK_PORT) {
      return { data: readTimeRequest(bytes, received) };
    }
    var reader = new Reader(bytes);
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
  try {
    var found = [];
    eachPart((input.data && input.data.rows) || [], function (part, row) {
      var air = normalAir(part.values);
      var time = row.t1 || row.t;
      if (air !== null) {
        found.push(time ? { time: time, air: air } : { air: air });
      }
    });
    return { data: found };
  } catch (problem) {
    return refusal(problem);
  }
}

function normalAir(values) {
  var air = null;
  for (var i = 0; i < NORMAL.length; i++) {
    var value = values[NORMAL[i][0]];
    if (typeof value === "number") {
      value = value / NORMAL[i][2];
      if (value >= NORMAL[i][3] && value <= NORMAL[i][4]) {
        air = air || {};
        air[NORMAL[i][1]] = value;
      }
    }
  }
  return air;
}

function encodeDownlink(input) {
  try {
    var data = input.data || {};
    if ((data.time || data.commands) && Object.keys(data).length > 1) {
      throw new Error("beside time or commands nothing else can stand");
    }
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
    var bytes = octets(input.bytes);
    if (Number(input.fPort) === CLOCK_PORT) {
      return { data: readTimeAnswer(bytes) };
    }
    return { data: { commands: readCommands(bytes) } };
  } catch (problem) {
    return refusal(problem);
  }
}
