-- Units that deliver rows in the name of an agency.

CREATE TABLE deliverers (
    agency    TEXT   NOT NULL,
    type_code TEXT   NOT NULL,
    unit      TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    first_day TEXT   NOT NULL,
    last_day  TEXT,
    named_at  BIGINT NOT NULL,
    PRIMARY KEY (agency, type_code, unit, kind)
);
