-- What a rotation remembers of a device, and how replicas hear of each other's changes.

-- In a row since it last completed, and not to be tried again by itself before then.
alter table device add column rotation_timeouts integer not null default 0;
alter table device add column rotation_retry_at timestamp with time zone;

-- When there were tokens of secrets that were withdrawn again, by the issuer's clock.
alter table device add column secret_withdrawn_from timestamp with time zone;
alter table device add column secret_withdrawn_until timestamp with time zone;

alter table rotation add column last_cycle_at timestamp with time zone;

create index device_by_rotation_state on device (rotation_state);

-- One row: every change of the rotation counts here, so each replica sees that there was one.
create table rotation_nudge (
  id integer not null,
  changes bigint not null,
  changed_by varchar(7) not null,
  constraint rotation_nudge_pk primary key (id),
  constraint rotation_nudge_one_row check (id = 1)
);

insert into rotation_nudge (id, changes, changed_by) values (1, 0, 'WEB');
