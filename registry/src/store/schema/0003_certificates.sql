-- Histories of certificates, versions that follow one another, stock of earlier systems, and acts
-- on many certificates.

-- Decisions about issued certificates and the import of stock, in the order of record. Approval and
-- issue of what is made here are times of the certificate and of its first file.
CREATE TABLE transitions (
    certificate   TEXT   NOT NULL REFERENCES certificates (id),
    place         BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    effective_at  BIGINT NOT NULL,
    recorded_at   BIGINT NOT NULL,
    actor         TEXT   NOT NULL,
    authority     TEXT,
    reason        TEXT,
    about         TEXT,
    legal_basis   TEXT,
    evidence      TEXT   NOT NULL,
    until         BIGINT,
    superseded_by TEXT,
    PRIMARY KEY (certificate, place)
);

-- Version n + 1 and the version it is to supersede when its file is kept.
CREATE TABLE replacements (
    successor   TEXT PRIMARY KEY REFERENCES certificates (id),
    predecessor TEXT NOT NULL REFERENCES certificates (id)
);
CREATE INDEX replacements_predecessor ON replacements (predecessor);

-- Identifiers that earlier systems gave, as they stand, even with a wrong check character.
CREATE TABLE foreign_identifiers (
    certificate TEXT PRIMARY KEY REFERENCES certificates (id),
    identifier  TEXT NOT NULL
);
CREATE UNIQUE INDEX foreign_identifiers_identifier ON foreign_identifiers (identifier);

CREATE INDEX certificates_type ON certificates (type_code, id);

-- One decision about many certificates.
CREATE TABLE bulk_acts (
    id           TEXT   PRIMARY KEY,
    mass         BIGINT NOT NULL,
    actor        TEXT   NOT NULL,
    second       TEXT,
    prepared_at  BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    effective_at BIGINT,
    authority    TEXT   NOT NULL,
    reason       TEXT,
    legal_basis  TEXT,
    evidence     TEXT   NOT NULL,
    until        BIGINT
);

CREATE TABLE bulk_items (
    act         TEXT   NOT NULL REFERENCES bulk_acts (id),
    place       BIGINT NOT NULL,
    asked       TEXT   NOT NULL,
    certificate TEXT,
    outcome     TEXT   NOT NULL,
    message     TEXT   NOT NULL,
    PRIMARY KEY (act, place)
);
CREATE INDEX bulk_items_waiting ON bulk_items (act, place) WHERE outcome = 'waiting';
