-- Persons and systems under units, and the keys by which they are known.

CREATE TABLE persons (
    unit     TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    account  TEXT   NOT NULL,
    roles    TEXT   NOT NULL,
    since    BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (unit, kind, account),
    FOREIGN KEY (unit, kind) REFERENCES units (code, kind)
);

-- A key stays for ever: it is never used again, by nobody.
CREATE TABLE person_keys (
    spki        BYTEA  PRIMARY KEY,
    unit        TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    account     TEXT   NOT NULL,
    serial      TEXT   NOT NULL,
    not_after   BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    ended_at    BIGINT,
    reason      TEXT,
    FOREIGN KEY (unit, kind, account) REFERENCES persons (unit, kind, account)
);
CREATE INDEX person_keys_person ON person_keys (unit, kind, account);
