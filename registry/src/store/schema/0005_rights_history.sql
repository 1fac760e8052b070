-- A right is never written over: each entry stands with the instant of its record. Of one agency, type
-- and first day the newest entry counts, as of any instant.

CREATE TABLE rights_history (
    agency      TEXT   NOT NULL,
    type_code   TEXT   NOT NULL,
    first_day   TEXT   NOT NULL,
    entry       BIGINT NOT NULL,
    last_day    TEXT,
    legal_basis TEXT   NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (agency, type_code, first_day, entry)
);
INSERT INTO rights_history (agency, type_code, first_day, entry, last_day, legal_basis, recorded_at)
SELECT agency, type_code, first_day, 1, last_day, legal_basis, recorded_at FROM rights;
DROP TABLE rights;
CREATE INDEX rights_history_type ON rights_history (type_code);
