
function whole(value, least, most, name) {
  if (typeof value !== "number" || Math.floor(value) !== value || value < least || value > most) {
    throw new Error(name + ": a whole number from " + least + " to " + most);
  }
  return value;
}

// Without a zone a time would be that of the server's own place.
function moment(value, name) {
  var seconds = value;
  if (typeof value === "string") {
    seconds = /T.*(Z|[+-]\d\d:\d\d)$/i.test(value) ? Date.parse(value) / 1000 : NaN;
  }
  return whole(seconds, 0, LATEST, name + " (RFC 3339 or seconds since 1970)");
}

function put(bytes, value, count) {
  for (var i = count - 1; i >= 0; i--) {
    bytes.push(Math.floor(value / Math.pow(256, i)) % 256);
  }
}

function take(bytes, at, count) {
  if (at + count > bytes.length) {
    throw new Error("broken off: it ends where more must follow");
  }
  var value = 0;
  for (var i = 0; i < count; i++) {
    value = value * 256 + bytes[at + i];
  }
  return value;
}

function putCommand(bytes, command) {
  var known = 0;
  if (command.ack) {
    known++;
    put(bytes, 1, 1);
    put(bytes, whole(command.ack.epoch, 1, LATEST, "ack.epoch"), 4);
    put(bytes, whole(command.ack.number, 1, 1099511627775, "ack.number"), 5);
  }
  if (command.replay) {
    known++;
    var begins = moment(command.replay.from, "replay.from");
    var ends = moment(command.replay.to, "replay.to");
    whole(ends - begins, 1, MOST_REPLAYED, "replay.to - replay.from, in seconds");
    put(bytes, 2, 1);
    put(bytes, begins, 4);
    put(bytes, ends, 4);
  }
  if (command.interval !== undefined) {
    known++;
    put(bytes, 3, 1);
    put(bytes, whole(command.interval, LEAST_INTERVAL, MOST_INTERVAL, "interval"), 3);
  }
  if (known !== 1 || Object.keys(command).length !== 1) {
    throw new Error("a command is one of ack, replay and interval, and nothing else");
  }
}

function timeAnswer(time) {
  var correction = whole(time.correction, -2147483648, 2147483647, "time.correction");
  var bytes = [1];
  for (var i = 0; i < 4; i++) {
    bytes.push(modulo(Math.floor(correction / Math.pow(256, i)), 256));
  }
  bytes.push(whole(time.token, 0, 15, "time.token"));
  return { bytes: bytes, fPort: CLOCK_PORT };
}

function readCommands(bytes) {
  var commands = [];
  var at = 0;
  while (at < bytes.length) {
    var command = readCommand(bytes, at);
    at += command.size;
    commands.push(command.told);
  }
  if (commands.length === 0 || bytes.length > MOST_BYTES) {
    throw new Error("a downlink has 1 to " + MOST_BYTES + " bytes");
  }
  return commands;
}

function readCommand(bytes, at) {
  var code = bytes[at];
  var told = {};
  if (code === 1) {
    told.ack = { epoch: take(bytes, at + 1, 4), number: take(bytes, at + 5, 5) };
  } else if (code === 2) {
    told.replay = { from: rfc3339(take(bytes, at + 1, 4)), to: rfc3339(take(bytes, at + 5, 4)) };
  } else if (code === 3) {
    told.interval = take(bytes, at + 1, 3);
  } else {
    throw new Error("command " + code + " is not known");
  }
  putCommand([], told);
  return { told: told, size: { 1: 10, 2: 9, 3: 4 }[code] };
}

function readTimeAnswer(bytes) {
  if (bytes.length !== 6 || bytes[0] !== 1) {
    throw new Error("no AppTimeAns");
  }
  var correction = bytes[1] + bytes[2] * 256 + bytes[3] * 65536 + bytes[4] * 16777216;
  correction = correction > 2147483647 ? correction - 4294967296 : correction;
  return { time: { correction: correction, token: bytes[5] % 16 } };
}

// AppTimeReq of TS003, and what answers it: {time: ...} for encodeDownlink.
function readTimeRequest(bytes, receivedMs) {
  if (bytes.length !== 6 || bytes[0] !== 1) {
    throw new Error("no AppTimeReq");
  }
  var said = bytes[1] + bytes[2] * 256 + bytes[3] * 65536 + bytes[4] * 16777216;
  var gps = Math.floor(receivedMs / 1000) - GPS_EPOCH + LEAP;
  var correction = modulo(gps - said + 2147483648, 4294967296) - 2147483648;
  return { kind: "time_request", answer: { time: { correction: correction, token: bytes[5] % 16 } } };
}
