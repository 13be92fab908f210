-- Roles and grants of a Yanjin database. Run by a superuser, once per server (part 1) and once per database (part 2).
--
--   psql -d postgres -v ON_ERROR_STOP=1 -v database=yanjin -v owner_password=... -v app_password=... -f roles.sql
--
-- Plain SQL: :'name' is a quoted value and :"name" a quoted identifier, filled by psql or by yanjin/embedded/postgres.py.
-- Whoever uses another tool replaces them by hand and connects to the new database where the line "\connect" stands.

-- Part 1: the server.
-- The owner holds schema and data, and is used by migrations and backups only. It must see every row, whatever the policies say.
CREATE ROLE yanjin_owner LOGIN BYPASSRLS CREATEDB NOSUPERUSER NOCREATEROLE PASSWORD :'owner_password';
-- The application, web and workers: never an owner, so row-level security always binds it.
CREATE ROLE yanjin_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'app_password';
CREATE DATABASE :"database" OWNER yanjin_owner ENCODING 'UTF8' TEMPLATE template0;

\connect :"database"

-- Part 2: the database. May be repeated.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO yanjin_app;
ALTER SCHEMA public OWNER TO yanjin_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO yanjin_app;
-- What the owner creates later, the application may read and write; policies and triggers narrow it table by table.
ALTER DEFAULT PRIVILEGES FOR ROLE yanjin_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO yanjin_app;
ALTER DEFAULT PRIVILEGES FOR ROLE yanjin_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO yanjin_app;
