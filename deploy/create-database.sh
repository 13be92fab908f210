#!/bin/bash
# Run once by the PostgreSQL image when its volume is empty: roles, database and grants from roles.sql.
# The passwords are read from the environment by psql itself, so that no process list shows them.
set -euo pipefail
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -v database=yanjin --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\getenv owner_password YANJIN_OWNER_PASSWORD
\getenv app_password YANJIN_APP_PASSWORD
\i /etc/yanjin/roles.sql
SQL
