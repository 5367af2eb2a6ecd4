#!/bin/sh
# Makes the secret files of docker-compose.yml in deploy/secrets/ (a folder of mode 0700), once; what exists is left alone.
# The addresses carry the passwords of the roles, so they are written together.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
once() { [ -s "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"; }
once postgres_password "$(random 24)"
once owner_password "$(random 24)"
once app_password "$(random 24)"
once backup_password "$(random 24)"
once valkey_password "$(random 24)"
once secret_key "$(random 40)"
once field_encryption_keys "$(head -c 32 /dev/urandom | base64 | tr "+/" "-_")"
once database_url "postgres://yitong_app:$(cat secrets/app_password)@postgres:5432/yitong"
once database_owner_url "postgres://yitong_owner:$(cat secrets/owner_password)@postgres:5432/yitong"
once database_backup_url "postgres://yitong_backup:$(cat secrets/backup_password)@postgres:5432/yitong"
once broker_url "redis://:$(cat secrets/valkey_password)@valkey:6379/0"
# Nobody else enters the folder; inside a container each file is read by that container's account.
chmod 0700 secrets
chmod 0444 secrets/*
echo "密钥文件已备好：deploy/secrets/"
