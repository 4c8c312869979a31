
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
