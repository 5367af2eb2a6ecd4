"""How allauth fits in: no sign-up, our limits, our words."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from core.crypto import box
from core.errors import TooMany
from organization import backends, second_factor, sessions
from organization.models import User
from organization.services import accounts


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by two people or by a township, never by oneself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse while locked, before the password is looked at."""
        try:
            backends.refuse_if_locked(credentials.get("username", ""), request.META.get("REMOTE_ADDR", ""))
        except TooMany as refused:
            from django.core.exceptions import ValidationError

            raise ValidationError(refused.message) from refused

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, note when, and end the oldest session beyond three."""
        super().login(request, user)
        sessions.begin(request, user, remember=request.POST.get("remember") == "on")

    def set_password(self, user: User, password: str) -> None:
        """The person's own new password, inside an act; an initial password is thereby changed."""
        accounts.set_password(user=user, password=password, actor=user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """After a change of password: on to the second factor where it is still missing, else to the workbench."""
        return reverse("second_factor") if second_factor.missing(request) else "/"

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the reverse proxy or the socket gives; never a header of the client."""
        return str(request.META.get("REMOTE_ADDR", "")) or "0.0.0.0"  # noqa: S104 - a value to store, nothing binds to it


class SocialAdapter(DefaultSocialAccountAdapter):
    """Unified sign-in connects to accounts that exist; it opens none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody signs up."""
        return False


class MfaAdapter(DefaultMFAAdapter):
    """Seeds of second factors are encrypted at rest."""

    def encrypt(self, text: str) -> str:
        """Ciphertext of a secret."""
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return box().decrypt(encrypted_text.encode()).decode()
