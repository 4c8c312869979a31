
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
