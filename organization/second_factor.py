"""Who needs a second factor, and whether this session has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

from organization.signed_in import person_of

if TYPE_CHECKING:
    from organization.models import User


def required(user: User) -> bool:
    """三员, county, department and township roles need TOTP or a passkey; demonstration accounts have none."""
    return not user.is_demo and any(role.second_factor for role in user.reaches.roles())


def missing(request: HttpRequest) -> bool:
    """Whether the signed-in person needs a factor that this account has not enrolled yet.

    allauth asks an enrolled factor at sign-in; an account without one may only reach the enrolment pages.
    """
    from allauth.mfa.utils import is_mfa_enabled

    person = person_of(request)
    return required(person) and not is_mfa_enabled(person, ["totp", "webauthn"])
