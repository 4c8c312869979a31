-- Positions and identities part: a position orders the log, an epoch's offset makes it a number.
-- Nothing here touches a row, so that a log of any size is migrated at once.

ALTER TABLE reading RENAME COLUMN seq TO position;
ALTER TABLE reading ADD COLUMN check_16 INTEGER;   -- NULL: written before there were checks
ALTER TABLE cursor RENAME COLUMN seq TO position;
ALTER TABLE boot ADD COLUMN began_ns INTEGER NOT NULL DEFAULT 0;  -- how long the node had run before

-- Each row of the small tables carries a CRC-32 over itself; see gateway/buffer/checked.py.
ALTER TABLE boot ADD COLUMN check_32 INTEGER;
ALTER TABLE anchor ADD COLUMN check_32 INTEGER;
ALTER TABLE cursor ADD COLUMN check_32 INTEGER;

CREATE TABLE epoch (                     -- rows from `first` on: number = position - shift
    first INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    shift INTEGER NOT NULL,
    check_32 INTEGER
);
INSERT INTO epoch SELECT 1, epoch, 0, NULL FROM store;

CREATE TABLE state (                     -- one row
    one      INTEGER PRIMARY KEY,        -- always 1
    reserved INTEGER NOT NULL,           -- numbers of the newest epoch that may have gone out
    session  TEXT NOT NULL,              -- who has written last; see gateway/buffer/legend.py
    clean    INTEGER NOT NULL,           -- whether it said goodbye
    salvage  TEXT NOT NULL,              -- the damaged log that was read out into this one
    check_32 INTEGER
);
INSERT INTO state SELECT 1, ifnull(max(position), 0), '', 1, '', NULL FROM reading;
DROP TABLE store;

CREATE TABLE kind (                      -- what rows have in common; see gateway/buffer/rows.py
    number INTEGER PRIMARY KEY,
    sensor TEXT NOT NULL,
    names  TEXT NOT NULL,                -- comma-separated
    rank   INTEGER NOT NULL,
    step_s INTEGER NOT NULL,
    gap    TEXT NOT NULL,
    check_32 INTEGER,
    UNIQUE (sensor, names, rank, step_s, gap)
);
INSERT INTO kind
SELECT number, sensor, names,
       CASE WHEN names GLOB '*count_*' OR names GLOB '*total_*' OR names GLOB '*activations*'
                 OR names GLOB '*_time*' THEN 3
            WHEN names GLOB '*targets*' OR names GLOB '*motion*' THEN 2
            ELSE 1 END, 0, '', NULL
FROM layout;
DROP TABLE layout;
ALTER TABLE kind RENAME TO layout;

CREATE TABLE sensor (                    -- until when it is known, and its running totals
    name   TEXT PRIMARY KEY,
    boot   TEXT,
    up_ns  INTEGER,
    totals TEXT NOT NULL,                -- a JSON object by quantity
    check_32 INTEGER
) WITHOUT ROWID;
INSERT INTO sensor SELECT sensor, NULL, NULL, json_group_object(quantity, value), NULL
FROM total GROUP BY sensor;
DROP TABLE total;

CREATE TABLE thinned (                   -- how far each rank has been thinned; step_s 0: dropped
    rank   INTEGER NOT NULL,
    step_s INTEGER NOT NULL,
    upto   INTEGER NOT NULL,
    PRIMARY KEY (rank, step_s)
) WITHOUT ROWID;
