-- The registry of models and devices, and whose turn the rotation is. The same SQL runs on H2 and PostgreSQL.

create sequence device_model_seq;

create table device_model (
  id integer not null,
  code varchar(50) not null,
  name varchar not null,
  config_schema varchar,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint device_model_pk primary key (id),
  constraint device_model_code_unique unique (code)
);

create sequence device_seq;

-- device_name, device_entity_id and enable_ota are read from config when it is written, so that
-- lists and subscriptions need not read it again.
create table device (
  id integer not null,
  device_key varchar(8) not null,
  device_model_id integer not null,
  active boolean not null,
  config varchar not null,
  device_name varchar,
  device_entity_id varchar,
  enable_ota boolean,
  rotation_state varchar(7) not null,
  secret_created_at timestamp with time zone,
  cached_secret varchar,
  secret_regenerated_at timestamp with time zone,
  last_rotation_attempt_at timestamp with time zone,
  last_rotation_completed_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint device_pk primary key (id),
  constraint device_key_unique unique (device_key),
  constraint device_model_fk foreign key (device_model_id) references device_model (id),
  constraint device_rotation_state check (rotation_state in ('OK', 'QUEUED', 'TIMEOUT'))
);

create index device_by_model on device (device_model_id);

-- One row: at most one device is PENDING by construction, and its state is derived from here.
create table rotation (
  id integer not null,
  pending_device_id integer,
  last_scheduled_at timestamp with time zone,
  constraint rotation_pk primary key (id),
  constraint rotation_one_row check (id = 1),
  constraint rotation_pending_unique unique (pending_device_id),
  constraint rotation_pending_fk foreign key (pending_device_id) references device (id) on delete set null
);

insert into rotation (id) values (1);
