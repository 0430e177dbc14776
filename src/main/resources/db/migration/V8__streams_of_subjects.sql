-- Whose each stream is, by a name that does not say it, and whether it is open: so that the limits of
-- a subject hold over all replicas. What an older replica writes counts for nobody.
alter table stream_session add column subject_name varchar(64);
alter table stream_session add column streaming boolean default false not null;

create index stream_session_subject_idx on stream_session (subject_name);
