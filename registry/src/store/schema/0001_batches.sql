-- Log: audit and events, chained by each writer, numbered in ranges once committed.

CREATE TABLE audit (
    writer TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    prev   BYTEA  NOT NULL,
    at     BIGINT NOT NULL,
    kind   TEXT   NOT NULL,
    object TEXT   NOT NULL,
    actor  TEXT   NOT NULL,
    detail TEXT   NOT NULL,
    PRIMARY KEY (writer, seq)
);

CREATE TABLE events (
    writer TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    prev   BYTEA  NOT NULL,
    at     BIGINT NOT NULL,
    kind   TEXT   NOT NULL,
    object TEXT   NOT NULL,
    actor  TEXT   NOT NULL,
    detail TEXT   NOT NULL,
    PRIMARY KEY (writer, seq)
);
CREATE INDEX events_object ON events (object);

CREATE TABLE log_writers (
    writer   TEXT   NOT NULL,
    stream   TEXT   NOT NULL,
    numbered BIGINT NOT NULL,
    PRIMARY KEY (writer, stream)
);

-- Rows from_seq .. from_seq + amount - 1 of a writer have the numbers first .. first + amount - 1.
CREATE TABLE log_ranges (
    stream   TEXT   NOT NULL,
    first    BIGINT NOT NULL,
    amount   BIGINT NOT NULL,
    writer   TEXT   NOT NULL,
    from_seq BIGINT NOT NULL,
    prev     BYTEA  NOT NULL,
    last_row BYTEA  NOT NULL,
    PRIMARY KEY (stream, first)
);

CREATE TABLE leases (
    name   TEXT   PRIMARY KEY,
    holder TEXT   NOT NULL,
    until  BIGINT NOT NULL
);

-- Keys: data keys of records; reserved uses of signing keys; counters.

CREATE TABLE data_keys (
    owner   TEXT   PRIMARY KEY,
    kek     BIGINT NOT NULL,
    wrapped BYTEA  NOT NULL
);

CREATE TABLE key_uses (
    number      BIGINT PRIMARY KEY,
    key         TEXT   NOT NULL,
    purpose     TEXT   NOT NULL,
    job         TEXT,
    reserved    BIGINT NOT NULL,
    results     BIGINT NOT NULL,
    reserved_at BIGINT NOT NULL,
    settled_at  BIGINT,
    explanation TEXT
);
CREATE INDEX key_uses_open ON key_uses (job) WHERE settled_at IS NULL;

CREATE TABLE counters (
    name  TEXT   PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE status_lists (
    type_code TEXT   NOT NULL,
    list      BIGINT NOT NULL,
    kek       BIGINT NOT NULL,
    secret    BYTEA  NOT NULL,
    next      BIGINT NOT NULL,
    PRIMARY KEY (type_code, list)
);

-- Jobs and their rows.

CREATE TABLE jobs (
    id           TEXT   PRIMARY KEY,
    idempotency  TEXT   NOT NULL UNIQUE,
    subject      TEXT   NOT NULL,
    agency       TEXT   NOT NULL,
    delivered_by TEXT   NOT NULL,
    type_code    TEXT   NOT NULL,
    type_version BIGINT NOT NULL,
    format       TEXT   NOT NULL,
    body_length  BIGINT NOT NULL,
    body_sha256  BYTEA  NOT NULL,
    accepted_at  BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    finished_at  BIGINT,
    fault        TEXT,
    rows_done    BIGINT NOT NULL,
    planned      BIGINT NOT NULL,
    issued       BIGINT NOT NULL,
    existing     BIGINT NOT NULL,
    refused      BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    lease_holder TEXT   NOT NULL,
    lease_until  BIGINT NOT NULL
);
CREATE INDEX jobs_waiting ON jobs (accepted_at) WHERE finished_at IS NULL;

CREATE TABLE items (
    job         TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    certificate TEXT,
    answer      BYTEA,
    PRIMARY KEY (job, place)
);

-- Certificates. The first two entries of a history, approval and issue, are approved_at here and
-- kept_at of the first file; later ones are rows of their own.

CREATE TABLE certificates (
    id           TEXT   PRIMARY KEY,
    basis        TEXT   NOT NULL,
    type_code    TEXT   NOT NULL,
    type_version BIGINT NOT NULL,
    agency       TEXT   NOT NULL,
    serial       TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    issued       TEXT   NOT NULL,
    effective    TEXT   NOT NULL,
    expiring     TEXT,
    approved_at  BIGINT NOT NULL,
    job          TEXT,
    place        BIGINT,
    content_key  BIGINT NOT NULL,
    content_hash BYTEA  NOT NULL,
    face         BYTEA  NOT NULL
);
CREATE UNIQUE INDEX certificates_serial ON certificates (serial, version) WHERE basis = 'issued';
CREATE INDEX certificates_foreign ON certificates (serial) WHERE basis = 'imported';

-- Keyed hashes that one certificate alone may have: ref, number, printed code.
CREATE TABLE claims (
    hash        BYTEA  PRIMARY KEY,
    kind        BIGINT NOT NULL,
    key_version BIGINT NOT NULL,
    certificate TEXT   NOT NULL
);

-- Keyed hashes that several certificates may share: codes and names of holders.
CREATE TABLE lookups (
    hash        BYTEA  NOT NULL,
    kind        BIGINT NOT NULL,
    key_version BIGINT NOT NULL,
    certificate TEXT   NOT NULL
);
CREATE INDEX lookups_hash ON lookups (hash);

-- Locked while it is decided whether a holder already has the one certificate of a type.
CREATE TABLE holder_locks (
    hash    BYTEA  PRIMARY KEY,
    touched BIGINT NOT NULL
);

CREATE TABLE plans (
    id               TEXT   PRIMARY KEY,
    certificate      TEXT   NOT NULL REFERENCES certificates (id),
    attempt          BIGINT NOT NULL,
    job              TEXT   NOT NULL,
    reservation      BIGINT,
    status_list      BIGINT NOT NULL,
    status_index     BIGINT NOT NULL,
    inputs           BYTEA  NOT NULL,
    inputs_digest    BYTEA,
    container        TEXT,
    digest_algorithm TEXT,
    covered          TEXT,
    planned_at       BIGINT NOT NULL,
    void_reason      TEXT
);
CREATE INDEX plans_reservation ON plans (reservation);
-- Attempts that wait to be laid out.
CREATE INDEX plans_waiting ON plans (job) WHERE reservation IS NULL AND void_reason IS NULL;

-- Sealed files, one row a revision.
CREATE TABLE files (
    certificate TEXT   NOT NULL,
    revision    BIGINT NOT NULL,
    plan        TEXT   NOT NULL UNIQUE REFERENCES plans (id),
    reservation BIGINT NOT NULL,
    segment     TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    length      BIGINT NOT NULL,
    sha256      BYTEA  NOT NULL,
    kept_at     BIGINT NOT NULL,
    PRIMARY KEY (certificate, revision)
);
CREATE INDEX files_sha256 ON files (sha256);

-- How far the records of a segment are accounted for.
CREATE TABLE segments (
    name      TEXT   PRIMARY KEY,
    committed BIGINT NOT NULL
);
