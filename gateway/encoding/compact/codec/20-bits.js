
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
