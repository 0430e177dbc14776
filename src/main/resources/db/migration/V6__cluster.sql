-- What replicas share that take lines in by turns. Empty where there is one.

-- One row: who holds the sink, under which epoch, and by which connection.
create table sink_lease (
  id integer not null,
  epoch bigint not null,
  holder varchar(300),
  held_since timestamp with time zone,
  expires_at timestamp with time zone,
  holder_pid integer,
  holder_started timestamp with time zone,
  constraint sink_lease_pk primary key (id),
  constraint sink_lease_one_row check (id = 1)
);

insert into sink_lease (id, epoch) values (1, 0);

-- The journal: what one delivery brought, with the marks of its messages.
create table sink_batch (
  seq bigint not null primary key,
  epoch bigint not null,
  taken_at timestamp with time zone not null,
  content bytea not null
);

-- What the journal remembers for longer than it keeps batches.
create table sink_value (
  kind varchar(10) not null,
  name varchar(64) not null,
  content bytea not null,
  constraint sink_value_pk primary key (kind, name)
);

-- Which replica has which stream, and what it follows: so that any replica can go on with it.
create table stream_session (
  id varchar(64) not null primary key,
  replica varchar(300) not null,
  content text not null,
  changed_at timestamp with time zone not null
);

create table replica (
  name varchar(300) not null primary key,
  seen_at timestamp with time zone not null
);
