-- The three database roles and their rights. psql variables: database, owner_password, app_password, backup_password.
-- Run as superuser, any number of times: by the embedded stack, by compose and by the tests alike.
--   yitong_owner   owns the database and its tables: migrate, restore
--   yitong_app     the running product: reads and writes rows, no DDL; migrations take away what the audit trail forbids
--   yitong_backup  reads everything

SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY['yitong_owner', 'yitong_app', 'yitong_backup']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

ALTER ROLE yitong_owner LOGIN NOSUPERUSER NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE yitong_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
ALTER ROLE yitong_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS PASSWORD :'backup_password';
ALTER ROLE yitong_backup SET default_transaction_read_only = on;

SELECT format('CREATE DATABASE %I OWNER yitong_owner', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'database') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO yitong_owner, yitong_app, yitong_backup', :'database') \gexec
SELECT format('GRANT CREATE, TEMPORARY ON DATABASE %I TO yitong_owner', :'database') \gexec
SELECT format('GRANT TEMPORARY ON DATABASE %I TO yitong_app', :'database') \gexec

\connect :"database"

ALTER SCHEMA public OWNER TO yitong_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO yitong_app, yitong_backup;

ALTER DEFAULT PRIVILEGES FOR ROLE yitong_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO yitong_app;
ALTER DEFAULT PRIVILEGES FOR ROLE yitong_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO yitong_app;
ALTER DEFAULT PRIVILEGES FOR ROLE yitong_owner IN SCHEMA public GRANT SELECT ON TABLES TO yitong_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE yitong_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO yitong_backup;

-- Exclusion constraints over an id and a span of days need it.
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
