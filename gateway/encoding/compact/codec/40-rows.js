
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
