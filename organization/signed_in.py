"""Who asks: the person behind a request of a page or of the API."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from organization.models import User


def person_of(request: HttpRequest | Request) -> User:
    """The signed-in person of a request that has passed the door; an anonymous one here is a fault of ours."""
    user = request.user
    assert isinstance(user, User), "the page lets strangers in"
    return user
