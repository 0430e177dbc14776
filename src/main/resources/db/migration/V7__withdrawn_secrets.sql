-- When there were tokens of secrets that were withdrawn in earlier turns than the last: "from/until,from/until".
alter table device add column secret_withdrawn_before varchar;
