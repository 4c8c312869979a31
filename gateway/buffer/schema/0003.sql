-- Anchors say whether somebody vouched for the wall clock (1), or it was the last good word or a
-- battery-backed clock's (0). The check stays the last column.

ALTER TABLE anchor RENAME TO old_anchor;
CREATE TABLE anchor (                    -- one moment on both clocks; see gateway/clock/anchor.py
    boot    INTEGER NOT NULL REFERENCES boot,
    up_ns   INTEGER NOT NULL,
    utc_ns  INTEGER NOT NULL,
    vouched INTEGER NOT NULL,
    check_32 INTEGER,
    PRIMARY KEY (boot, up_ns)
) WITHOUT ROWID;
INSERT INTO anchor SELECT boot, up_ns, utc_ns, 1, NULL FROM old_anchor;
DROP TABLE old_anchor;
