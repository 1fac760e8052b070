-- Rows of types that ask for review before issue: what a reviewer is to see, and what was decided.

CREATE TABLE reviews (
    certificate   TEXT   PRIMARY KEY REFERENCES certificates (id),
    job           TEXT   NOT NULL REFERENCES jobs (id),
    place         BIGINT NOT NULL,
    -- Digest of what the page is made of; a decision names it, and the seal stands by it.
    inputs_digest BYTEA  NOT NULL,
    submitted_at  BIGINT NOT NULL,
    decision      TEXT,
    decided_at    BIGINT,
    decided_by    TEXT
);
CREATE UNIQUE INDEX reviews_place ON reviews (job, place);
CREATE INDEX reviews_waiting ON reviews (job, place) WHERE decision IS NULL;
