#!/usr/bin/env python3
"""Django's command line, with the database role that the command needs."""

import os
import sys

OWNER_COMMANDS = {"migrate", "restore", "createcachetable", "sqlmigrate", "makemigrations", "test", "flush"}
BACKUP_COMMANDS = {"backup"}


def choose_role(argv: list[str]) -> None:
    """Set DATABASE_ROLE for the command: owner changes tables, backup reads all, app does the rest."""
    command = argv[1] if len(argv) > 1 else ""
    if command in OWNER_COMMANDS:
        os.environ.setdefault("DATABASE_ROLE", "owner")
    elif command in BACKUP_COMMANDS:
        os.environ.setdefault("DATABASE_ROLE", "backup")


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yitong_gov.settings")
    choose_role(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
