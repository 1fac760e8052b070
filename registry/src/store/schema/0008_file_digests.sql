-- Digests fall anywhere in their index: eight bytes of each leave it small enough for late rows of a long batch.

DROP INDEX files_sha256;
CREATE INDEX files_digest ON files (substr(sha256, 1, 8));
