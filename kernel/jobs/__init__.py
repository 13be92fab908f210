"""The list of work: a row per job, with lease, progress and result. The broker is only a bell."""
