// Readings and commands of a partheland gateway, for The Things Stack and ChirpStack v4.
// Generated: `python -m gateway.contract docs`. What each bit means: docs/lorawan-format.md.

"use strict";

var NAMES = [];
var DOOR = [16, 17];
var MOST_DOORS = 4;
var AIRS = [[], [[1]], [[1, 2]], [[1, 2, 4]], [[1, 2, 3]], [[1, 2, 3, 4]], [[4]], [[1, 3]], [[1, 2, 3], [4]], [[1, 2], [7]], [[1, 2], [9, 11]], [[1, 2, 4], [25]]];
var NORMAL = [["temperature", "temperature", 1, -273.15, 1000], ["humidity", "relativeHumidity", 1, 0, 100], ["pressure", "pressure", 100, 900, 1100], ["co2", "co2", 1, 0, 1000000], ["illuminance", "lightIntensity", 1, 0, 1000000]];
var COMMAND_PORT = 11;
var MOST_BYTES = 51;
var MOST_REPLAYED = 3024000;
var LEAST_INTERVAL = 60;
var MOST_INTERVAL = 86400;
var QUANTITIES = {
  1: {"name": "temperature", "times": 1, "per": 10, "low": 100, "bits": 8, "change": 0, "counter": false, "numbered": false, "signed": true},
  2: {"name": "humidity", "times": 1, "per": 1, "low": 0, "bits": 7, "change": 0, "counter": false, "numbered": false, "signed": true},
  3: {"name": "pressure", "times": 10, "per": 1, "low": 9400, "bits": 10, "change": 1, "counter": false, "numbered": false, "signed": true},
  4: {"name": "co2", "times": 10, "per": 1, "low": 35, "bits": 8, "change": 1, "counter": false, "numbered": false, "signed": true},
  5: {"name": "gas_resistance", "times": 100, "per": 1, "low": null, "bits": 9, "change": 4, "counter": false, "numbered": false, "signed": false},
  6: {"name": "voc_raw", "times": 1, "per": 1, "low": null, "bits": 13, "change": 4, "counter": false, "numbered": false, "signed": false},
  7: {"name": "voc_index", "times": 1, "per": 1, "low": null, "bits": 6, "change": 2, "counter": false, "numbered": false, "signed": false},
  8: {"name": "pm1", "times": 1, "per": 2, "low": null, "bits": 3, "change": 1, "counter": false, "numbered": false, "signed": false},
  9: {"name": "pm2_5", "times": 1, "per": 2, "low": null, "bits": 3, "change": 1, "counter": false, "numbered": false, "signed": false},
  10: {"name": "pm4", "times": 1, "per": 2, "low": null, "bits": 4, "change": 1, "counter": false, "numbered": false, "signed": false},
  11: {"name": "pm10", "times": 1, "per": 2, "low": null, "bits": 4, "change": 1, "counter": false, "numbered": false, "signed": false},
  12: {"name": "illuminance", "times": 1, "per": 1, "low": null, "bits": 6, "change": 4, "counter": false, "numbered": false, "signed": false},
  13: {"name": "sound_level", "times": 1, "per": 2, "low": 60, "bits": 7, "change": 1, "counter": false, "numbered": false, "signed": true},
  14: {"name": "wind_speed", "times": 1, "per": 10, "low": null, "bits": 4, "change": 2, "counter": false, "numbered": false, "signed": false},
  15: {"name": "wind_direction", "times": 5, "per": 1, "low": 0, "bits": 7, "change": 2, "counter": false, "numbered": false, "signed": true},
  16: {"name": "count_in", "times": 1, "per": 1, "low": null, "bits": 3, "change": 0, "counter": true, "numbered": true, "signed": false},
  17: {"name": "count_out", "times": 1, "per": 1, "low": null, "bits": 3, "change": 0, "counter": true, "numbered": true, "signed": false},
  18: {"name": "total_in", "times": 1, "per": 1, "low": null, "bits": 12, "change": 3, "counter": false, "numbered": true, "signed": false},
  19: {"name": "total_out", "times": 1, "per": 1, "low": null, "bits": 12, "change": 3, "counter": false, "numbered": true, "signed": false},
  20: {"name": "targets", "times": 1, "per": 1, "low": null, "bits": 0, "change": 0, "counter": false, "numbered": false, "signed": false},
  21: {"name": "motion", "times": 1, "per": 1, "low": null, "bits": 0, "change": 0, "counter": false, "numbered": false, "signed": false},
  22: {"name": "activations", "times": 1, "per": 1, "low": null, "bits": 3, "change": 0, "counter": true, "numbered": true, "signed": false},
  23: {"name": "occupied_time", "times": 1, "per": 10, "low": null, "bits": 6, "change": 0, "counter": true, "numbered": true, "signed": false},
  24: {"name": "blind_time", "times": 1, "per": 10, "low": null, "bits": 6, "change": 0, "counter": true, "numbered": true, "signed": false},
  25: {"name": "occupancy", "times": 1, "per": 1, "low": null, "bits": 2, "change": 0, "counter": false, "numbered": false, "signed": false},
  26: {"name": "occupancy_drift", "times": 1, "per": 1, "low": null, "bits": 2, "change": 0, "counter": false, "numbered": false, "signed": true}
};

var VERSION = 0;
var STATUS = 63;
var MODULO = 524288;
var LARGEST = 9007199254740992;
var LATEST = 4294967295;
var LEEWAY = 432000;
var CLOCK_PORT = 202;
var GPS_EPOCH = 315964800;
var LEAP = 18;

function Reader(bytes) {
  this.bytes = bytes;
  this.at = 0;
  this.left = bytes.length * 8;
}

// No shifts beyond a byte: they would cut numbers to 32 bits.
Reader.prototype.bits = function (width) {
  if (width > this.left) {
    throw new Error("broken off: it ends where more must follow");
  }
  var value = 0;
  for (var i = 0; i < width; i++) {
    value = value * 2 + ((this.bytes[Math.floor(this.at / 8)] >> (7 - (this.at % 8))) & 1);
    this.at++;
  }
  this.left -= width;
  return value;
};

Reader.prototype.natural = function (k) {
  var zeros = 0;
  while (this.bits(1) === 0) {
    zeros++;
    if (zeros > 52) {
      throw new Error("a number that is too large");
    }
  }
  var above = Math.pow(2, zeros) + this.bits(zeros) - 1;
  return bounded(above * Math.pow(2, k) + this.bits(k));
};

Reader.prototype.signed = function (k) {
  var magnitude = this.natural(k);
  return magnitude > 0 && this.bits(1) === 1 ? -magnitude : magnitude;
};

// 0, 10, 110 or 111: as 0, 1, 2 or 3.
Reader.prototype.code = function () {
  var ones = 0;
  while (ones < 3 && this.bits(1) === 1) {
    ones++;
  }
  return ones;
};

function bounded(n) {
  if (n > LARGEST || n < -LARGEST) {
    throw new Error("a number that is too large");
  }
  return n;
}

function modulo(n, by) {
  return ((n % by) + by) % by;
}

function checked(ends, length) {
  if (length < 0 || length > LATEST) {
    throw new Error("an interval of " + length + " s");
  }
  if (ends !== null && (ends < length || ends > LATEST)) {
    throw new Error("an interval of " + length + " s up to " + ends + " s since 1970");
  }
  return { ends: ends, length: length };
}

function completed(index, width, length, received) {
  var latest = received + LEEWAY;
  return checked(latest - modulo(latest - index * length, length * Math.pow(2, width)), length);
}

function firstTime(reader, received) {
  if (reader.bits(1) === 0) {
    return completed(reader.bits(12), 12, 900, received);
  }
  if (reader.bits(1) === 0) {
    var length = [300, 600, 1800, 3600][reader.bits(2)];
    return completed(reader.bits(14), 14, length, received);
  }
  var ends = reader.bits(1) === 1 ? null : reader.bits(32);
  return checked(ends, reader.natural(10));
}

function usualTime(past) {
  if (!past.dated) {
    return { ends: null, length: past.length };
  }
  return { ends: past.ends + (past.step === null ? -past.length : past.step), length: past.length };
}

function nextTime(reader, past, received) {
  var usual = usualTime(past);
  var code = reader.code();
  if (code === 0) {
    return checked(usual.ends, usual.length);
  }
  if (code === 3) {
    return firstTime(reader, received);
  }
  if (past.ends === null || (code === 1 && usual.ends === null)) {
    throw new Error("a distance from a time that is not told");
  }
  if (code === 1) {
    return checked(usual.ends + reader.signed(0) * usual.length, usual.length);
  }
  var ends = past.ends + reader.signed(8);
  return checked(ends, reader.natural(10));
}

function tookTime(past, when) {
  if (when.ends !== null && past.ends !== null) {
    past.step = when.ends - past.ends;
  }
  past.length = when.length;
  past.dated = when.ends !== null;
  past.ends = when.ends === null ? past.ends : when.ends;
}

// RFC 3339 in UTC, whole seconds.
function rfc3339(seconds) {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

// [sensor, [quantity, ...]] of each sensor.
function wellKnown(profile) {
  var doors = Math.floor(profile / AIRS.length);
  if (profile === 0 || doors > MOST_DOORS) {
    throw new Error("profile " + profile + " is not known");
  }
  var air = AIRS[profile % AIRS.length];
  var layout = [];
  for (var i = 0; i < doors + air.length; i++) {
    layout.push([i, i < doors ? DOOR : air[i - doors]]);
  }
  return layout;
}

function inline(reader) {
  var layout = [];
  var behind = 0;
  for (var count = reader.natural(2); count > 0; count--) {
    var sensor = behind + reader.natural(0);
    if (sensor >= 32) {
      throw new Error("sensor " + sensor + ": there are 32 at most");
    }
    layout.push([sensor, inlineCodes(reader)]);
    behind = sensor + 1;
  }
  return layout;
}

function inlineCodes(reader) {
  var codes = [];
  for (var count = reader.natural(0); count > 0; count--) {
    var code = reader.natural(4) + 1;
    if (!QUANTITIES.hasOwnProperty(code) || codes.indexOf(code) >= 0) {
      throw new Error("quantity " + code + ": each is named once and must be known");
    }
    codes.push(code);
  }
  return codes;
}

function isNumbered(codes) {
  for (var i = 0; i < codes.length; i++) {
    if (QUANTITIES[codes[i]].numbered) {
      return true;
    }
  }
  return false;
}

function expectedNumber(past, sensor) {
  if (past.numbers.hasOwnProperty(sensor)) {
    return bounded(past.numbers[sensor] + past.stride);
  }
  if (past.newest === null) {
    return null;
  }
  return bounded(past.newest + (past.inRow ? 1 : past.stride));
}

function readNumbers(reader, past, sensor, detailed, part) {
  var first = expectedNumber(past, sensor);
  if (first === null) {
    first = reader.bits(19);
  } else if (detailed) {
    first = bounded(first + reader.signed(2));
  }
  part.first = part.last = first;
  part.n = 1;
  if (detailed && reader.bits(1) === 1) {
    part.last = bounded(first + reader.natural(2));
    part.n = reader.natural(2);
    if (part.n < 1 || part.n > part.last - first + 1) {
      throw new Error(part.n + " readings with " + (part.last - first + 1) + " numbers");
    }
  }
  past.row[sensor] = past.newest = part.last;
  past.inRow = true;
}

function readSpan(reader, when) {
  var ends, length;
  if (when.ends === null) {
    ends = reader.bits(32);
    length = reader.natural(10);
  } else if (reader.bits(1) === 1) {
    ends = when.ends - reader.signed(8);
    length = reader.natural(10);
  } else {
    ends = when.ends - reader.signed(0) * when.length;
    length = reader.natural(0) * when.length;
  }
  checked(ends, length);
  return { t0: rfc3339(ends - length), t1: rfc3339(ends) };
}

function orderBehind(before) {
  var order = 0;
  for (var size = Math.abs(before); size >= 2; size = Math.floor(size / 2)) {
    order++;
  }
  return order;
}

function readSteps(reader, quantity, before) {
  if (quantity.counter) {
    return reader.natural(before === null ? quantity.bits : orderBehind(before));
  }
  if (before !== null) {
    return bounded(before + reader.signed(quantity.change));
  }
  if (quantity.low === null) {
    return quantity.signed ? reader.signed(quantity.bits) : reader.natural(quantity.bits);
  }
  var above = reader.bits(quantity.bits);
  if (above === Math.pow(2, quantity.bits) - 1) {
    above = reader.signed(8);
  }
  return bounded(quantity.low + above);
}

function readValues(reader, past, sensor, codes, detailed) {
  var values = {};
  for (var i = 0; i < codes.length; i++) {
    var quantity = QUANTITIES[codes[i]];
    var presence = detailed ? reader.code() : 0;
    if (presence === 1) {
      values[quantity.name] = null;
    }
    if (presence === 1 || presence === 2) {
      continue;
    }
    var key = sensor + " " + codes[i];
    var before = past.values.hasOwnProperty(key) ? past.values[key] : null;
    var steps = presence === 3 ? reader.signed(8) : readSteps(reader, quantity, before);
    past.values[key] = steps;
    values[quantity.name] = (steps * quantity.times) / quantity.per;
  }
  return values;
}

function readPart(reader, past, when, place, plain) {
  var form = plain ? 0 : reader.code();
  if (form === 3) {
    return null;
  }
  var sensor = place[0];
  var detailed = form === 2;
  var part = { sensor: sensor };
  if (sensor < NAMES.length) {
    part.name = NAMES[sensor];
  }
  if (detailed ? reader.bits(1) === 1 : isNumbered(place[1])) {
    readNumbers(reader, past, sensor, detailed, part);
  }
  if (detailed && reader.bits(1) === 1) {
    part.coverage = reader.bits(7) / 128;
  }
  if (detailed && reader.bits(1) === 1) {
    part.span = readSpan(reader, when);
  }
  part.values = form === 1 ? {} : readValues(reader, past, sensor, place[1], detailed);
  return part;
}

function readWhen(reader, past, received, first, plain) {
  if (first) {
    return first;
  }
  if (!plain) {
    return nextTime(reader, past, received);
  }
  var usual = usualTime(past);
  return checked(usual.ends, usual.length);
}

function readRow(reader, past, layout, received, isFirst) {
  var first = isFirst ? firstTime(reader, received) : null;
  var plain = reader.bits(1) === 0;
  var when = readWhen(reader, past, received, first, plain);
  if (!plain && past.newest !== null) {
    past.stride = bounded(past.stride + reader.signed(1));
  }
  past.row = {};
  past.inRow = false;
  var row = when.length > 0 ? { t0: null, t1: null } : { t: null };
  if (when.length > 0 && when.ends !== null) {
    row.t0 = rfc3339(when.ends - when.length);
  }
  row[when.length > 0 ? "t1" : "t"] = rfc3339(when.ends);
  row.length = when.length;
  row.sensors = [];
  for (var i = 0; i < layout.length; i++) {
    var part = readPart(reader, past, when, layout[i], plain);
    if (part !== null) {
      row.sensors.push(part);
    }
  }
  tookTime(past, when);
  for (var sensor in past.row) {
    past.numbers[sensor] = past.row[sensor];
  }
  return row;
}

// Older numbers may lie before a multiple of MODULO, newer ones behind it.
function fromZero(rows) {
  var lowest = 0;
  eachPart(rows, function (part) {
    lowest = "first" in part ? Math.min(lowest, part.first) : lowest;
  });
  var by = lowest < 0 ? -Math.floor(lowest / MODULO) * MODULO : 0;
  eachPart(rows, function (part) {
    if ("first" in part) {
      part.first += by;
      part.last += by;
    }
  });
}

function eachPart(rows, visit) {
  for (var i = 0; i < rows.length; i++) {
    for (var j = 0; j < rows[i].sensors.length; j++) {
      visit(rows[i].sensors[j], rows[i]);
    }
  }
}

function readFrame(reader, profile, received) {
  var epoch = reader.bits(8);
  var layout = profile === 0 ? inline(reader) : wellKnown(profile);
  var past = {
    ends: null, length: 0, step: null, dated: false,
    numbers: {}, row: {}, newest: null, inRow: false, stride: -layout.length, values: {}
  };
  var rows = [readRow(reader, past, layout, received, true)];
  while (reader.left > 0 && reader.bits(1) === 1) {
    rows.push(readRow(reader, past, layout, received, false));
  }
  if (reader.left > 6 || reader.bits(reader.left) !== 0) {
    throw new Error("something stands behind the last row");
  }
  fromZero(rows);
  return { kind: "readings", epoch_low: epoch, modulo: MODULO, rows: rows };
}

function readStatus(reader) {
  if (reader.left !== 56) {
    throw new Error("a status has 8 bytes");
  }
  return {
    kind: "status",
    findings: reader.bits(6),
    backlog: reader.bits(14),
    interval: reader.bits(17),
    version: reader.bits(5) + "." + reader.bits(7) + "." + reader.bits(7)
  };
}

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
