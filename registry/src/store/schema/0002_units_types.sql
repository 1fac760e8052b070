-- Units, their dated rights and successions; types with their templates; service items.
-- Days are TEXT 'YYYY-MM-DD', instants BIGINT milliseconds, lists and contacts JSON text.

CREATE TABLE units (
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    region_name TEXT NOT NULL,
    contacts TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (code, kind)
);

CREATE TABLE rights (
    agency TEXT NOT NULL,
    type_code TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT,
    legal_basis TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (agency, type_code, first_day)
);

CREATE TABLE successions (
    predecessor TEXT NOT NULL,
    successor TEXT NOT NULL,
    first_day TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (predecessor, successor)
);

CREATE TABLE type_versions (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    stage TEXT NOT NULL,
    source TEXT NOT NULL,
    template TEXT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (code, version)
);

CREATE TABLE type_assets (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (code, version, name),
    FOREIGN KEY (code, version) REFERENCES type_versions (code, version)
);

CREATE TABLE type_marks (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    step TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (code, version, mark),
    FOREIGN KEY (code, version) REFERENCES type_versions (code, version)
);

CREATE TABLE service_items (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    agency TEXT NOT NULL
);

CREATE TABLE service_needs (
    item TEXT NOT NULL REFERENCES service_items (code),
    type_code TEXT NOT NULL,
    required BIGINT NOT NULL,
    of_whom TEXT NOT NULL,
    PRIMARY KEY (item, type_code, of_whom)
);
