//! Key stores, suites, X.509 authorities, CRLs and time-stamps.
