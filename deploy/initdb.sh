#!/bin/sh
# First start of the database container: roles, database and rights, passwords from the secret files.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v database=yitong \
    -v owner_password="$(cat /run/secrets/owner_password)" \
    -v app_password="$(cat /run/secrets/app_password)" \
    -v backup_password="$(cat /run/secrets/backup_password)" \
    -f /roles.sql
