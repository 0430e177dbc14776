-- Logins that ended before their tokens did: every replica refuses their tokens until then.
create table ended_login (
  -- 'sid' and the session of the issuer, 'sub' and the person, or 'sig' and the end of a token
  login varchar(300) not null primary key,
  subject varchar(255),
  -- of a person: tokens issued later are good again
  issued_until timestamp with time zone not null,
  ended_at timestamp with time zone not null,
  expires_at timestamp with time zone not null
);

create index ended_login_by_end on ended_login (ended_at);
