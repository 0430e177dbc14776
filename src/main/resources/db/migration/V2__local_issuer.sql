-- The local issuer: what it signs with, the clients it knows, and the sessions that ended early.

-- One row at most: several replicas that start at once agree on one key.
create table local_signing_key (
  id integer not null primary key check (id = 1),
  sealed_key varchar(8000) not null,
  created_at timestamp with time zone not null
);

create table local_client (
  client_id varchar(255) not null primary key,
  uuid varchar(36) not null,
  sealed_secret varchar(1000) not null,
  created_at timestamp with time zone not null
);

-- A session that logged out stays here until its refresh token would have ended anyway.
create table local_logout (
  session_id varchar(36) not null primary key,
  expires_at timestamp with time zone not null
);
