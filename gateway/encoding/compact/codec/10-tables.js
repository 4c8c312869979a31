// Readings and commands of a partheland gateway, for The Things Stack and ChirpStack v4.
// Generated: `python -m gateway.contract docs`. What each bit means: docs/lorawan-format.md.

"use strict";

/*TABLES*/

var VERSION = 0;
var STATUS = 63;
var MODULO = 524288;
var LARGEST = 9007199254740992;
var LATEST = 4294967295;
var LEEWAY = 432000;
var CLOCK_PORT = 202;
var GPS_EPOCH = 315964800;
var LEAP = 18;
