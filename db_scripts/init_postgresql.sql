-- DMT on PostgreSQL (13 or newer): the database and its two roles.
--
--   psql -U postgres -f db_scripts/init_postgresql.sql
--
-- dmt_owner  owns the database and runs `dmt migrate`, which also gives dmt_user its rights, table by table
-- dmt_user   is who `dmt serve` signs in as; it can only read until `dmt migrate` has run
--
-- Variables (psql -v name=value), all optional: owner_password, user_password, database_name, owner_name, user_name.
-- The passwords may stand in the environment instead: DB_OWNER_PASSWORD, DB_USER_PASSWORD (psql 14 or newer).
-- Running this again is harmless: it changes a password only where one is given. See README.md beside this file.

\set ON_ERROR_STOP on
\set QUIET on

\if :{?database_name}
\else
  \set database_name dmt_db
\endif
\if :{?owner_name}
\else
  \set owner_name dmt_owner
\endif
\if :{?user_name}
\else
  \set user_name dmt_user
\endif

SELECT :VERSION_NUM >= 140000 AS reads_environment \gset
\if :{?owner_password}
\else
  \set owner_password ''
  \if :reads_environment
    \getenv owner_password DB_OWNER_PASSWORD
  \endif
\endif
\if :{?user_password}
\else
  \set user_password ''
  \if :reads_environment
    \getenv user_password DB_USER_PASSWORD
  \endif
\endif

-- No password in the server's log (only a superuser may say so).
SELECT set_config('log_statement', 'none', false), set_config('log_min_duration_statement', '-1', false),
       set_config('log_min_error_statement', 'panic', false)
  FROM pg_roles WHERE rolname = current_user AND rolsuper \g /dev/null
SET password_encryption = 'scram-sha-256';
SET client_min_messages = warning;

-- The roles. A role that exists keeps its password, unless one is given.
SELECT :'owner_password' <> '' AS owner_given, :'user_password' <> '' AS user_given,
       EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner_name') AS owner_exists,
       EXISTS (SELECT FROM pg_roles WHERE rolname = :'user_name') AS user_exists \gset
SELECT CASE WHEN :'owner_given' OR :'owner_exists' THEN :'owner_password'
            ELSE upper(substr(md5(gen_random_uuid()::text), 1, 20)) || '-' || left(replace(gen_random_uuid()::text, '-', ''), 20)
       END AS owner_password,
       CASE WHEN :'user_given' OR :'user_exists' THEN :'user_password'
            ELSE upper(substr(md5(gen_random_uuid()::text), 1, 20)) || '-' || left(replace(gen_random_uuid()::text, '-', ''), 20)
       END AS user_password \gset

SELECT format('CREATE ROLE %I LOGIN', :'owner_name') WHERE NOT :'owner_exists' \gexec
SELECT format('CREATE ROLE %I LOGIN', :'user_name') WHERE NOT :'user_exists' \gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :'owner_name', :'owner_password') WHERE :'owner_password' <> '' \gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :'user_name', :'user_password') WHERE :'user_password' <> '' \gexec

-- A managed server's administrator is no superuser and must belong to the owner to act for it.
SELECT format('GRANT %I TO CURRENT_USER', :'owner_name') FROM pg_roles WHERE rolname = current_user AND NOT rolsuper \gexec

-- The database. template0: template1 may have been given another encoding.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', :'database_name', :'owner_name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database_name') \gexec
REVOKE ALL ON DATABASE :"database_name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database_name" TO :"user_name";

\connect :"database_name"
\set QUIET on
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"owner_name";
GRANT USAGE ON SCHEMA public TO :"user_name";

-- Reading is granted for all tables to come. Writing is granted table by table, by `dmt migrate`:
-- a default that let dmt_user write would let it change audit_event until somebody took that back.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner_name" IN SCHEMA public GRANT SELECT ON TABLES TO :"user_name";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner_name" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"user_name";

SELECT :'owner_name' AS account,
       CASE WHEN :'owner_given' THEN 'as given' WHEN :'owner_exists' THEN 'unchanged' ELSE :'owner_password' END AS password
UNION ALL
SELECT :'user_name',
       CASE WHEN :'user_given' THEN 'as given' WHEN :'user_exists' THEN 'unchanged' ELSE :'user_password' END
ORDER BY account;
