-- Layouts name the calibrations by which values were corrected. The check stays the last column.

CREATE TABLE kind (                      -- what rows have in common; see gateway/buffer/rows.py
    number INTEGER PRIMARY KEY,
    sensor TEXT NOT NULL,
    names  TEXT NOT NULL,                -- comma-separated
    rank   INTEGER NOT NULL,
    step_s INTEGER NOT NULL,
    gap    TEXT NOT NULL,
    calibrations TEXT NOT NULL,          -- quantity=id, comma-separated
    check_32 INTEGER,
    UNIQUE (sensor, names, rank, step_s, gap, calibrations)
);
INSERT INTO kind SELECT number, sensor, names, rank, step_s, gap, '', NULL FROM layout;
DROP TABLE layout;
ALTER TABLE kind RENAME TO layout;
