
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
