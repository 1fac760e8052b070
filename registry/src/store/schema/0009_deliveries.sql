-- What an agency delivers for a type is summed up every minute.

CREATE INDEX jobs_delivered ON jobs (agency, type_code, accepted_at);
