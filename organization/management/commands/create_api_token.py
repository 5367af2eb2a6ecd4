"""Make a bearer token for the API."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import audit
from organization.api_auth import create_token
from organization.models import User
from organization.models.people import fold_username


class Command(BaseCommand):
    """Prints the token once."""

    help = "建立接口令牌，只显示一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and for how long."""
        parser.add_argument("username")
        parser.add_argument("--days", type=int, required=True)
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make and print."""
        user = User.objects.filter(username=fold_username(options["username"]), is_active=True).first()
        if user is None:
            raise CommandError(f"没有启用的账号 {options['username']}。")
        try:
            token = create_token(user=user, days=options["days"], actor=audit.SYSTEM, name=options["name"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(token)
