-- The log: readings in the order of their acceptance, and what is needed to deliver and date them.

CREATE TABLE store (
    epoch INTEGER NOT NULL               -- distinguishes this store from every earlier one of the node
);

CREATE TABLE boot (
    number  INTEGER PRIMARY KEY,
    boot_id TEXT NOT NULL UNIQUE
);

CREATE TABLE anchor (                    -- one moment on both clocks; see gateway/clock.py
    boot   INTEGER NOT NULL REFERENCES boot,
    up_ns  INTEGER NOT NULL,
    utc_ns INTEGER NOT NULL,
    PRIMARY KEY (boot, up_ns)
) WITHOUT ROWID;

CREATE TABLE layout (                    -- a sensor and the quantities that its rows hold
    number INTEGER PRIMARY KEY,
    sensor TEXT NOT NULL,
    names  TEXT NOT NULL,                -- comma-separated
    UNIQUE (sensor, names)
);

CREATE TABLE reading (
    seq     INTEGER PRIMARY KEY,         -- assigned by the log, never reused
    layout  INTEGER NOT NULL REFERENCES layout,
    boot    INTEGER NOT NULL REFERENCES boot,
    up_ns   INTEGER NOT NULL,
    span_ns INTEGER,                     -- NULL: a reading of a moment
    packed  TEXT NOT NULL                -- comma-separated JSON numbers in the order of layout.names
);

CREATE TABLE cursor (                    -- everything up to seq is with that uplink's far side
    uplink TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE total (                     -- running totals of counters, which never run backwards
    sensor   TEXT NOT NULL,
    quantity TEXT NOT NULL,
    value    INTEGER NOT NULL,
    PRIMARY KEY (sensor, quantity)
) WITHOUT ROWID;
