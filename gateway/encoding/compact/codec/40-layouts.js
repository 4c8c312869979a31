
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
