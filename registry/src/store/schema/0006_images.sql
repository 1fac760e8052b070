-- Pictures put before the rows that name them. `hash` is keyed, over the unit that put it and the digest;
-- the content lies under a key of its own.

CREATE TABLE images (
    hash    BYTEA  PRIMARY KEY,
    id      TEXT   NOT NULL,
    kek     BIGINT NOT NULL,
    wrapped BYTEA  NOT NULL,
    length  BIGINT NOT NULL,
    put_at  BIGINT NOT NULL,
    content BYTEA  NOT NULL
);
-- Holds all that is asked about age and room.
CREATE INDEX images_age ON images (put_at, length);
