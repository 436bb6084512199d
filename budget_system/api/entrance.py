"""Who is let in: a logged-in session, or anybody where the system is open."""

from typing import TYPE_CHECKING

from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from brands.access import is_open

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself reads the settings that name this module


class SessionLogin(SessionAuthentication):
    """The session of somebody who has logged in, with the check against forged requests."""

    def authenticate_header(self, request: Request) -> str:
        """Say how to authenticate, so that who has not is answered 401."""
        return "Token"


class Entrance(BasePermission):
    """Lets in who has logged in; where the system is open, everybody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether the request is let in; what it may then see and do is asked of its reach."""
        return request.user.is_authenticated or is_open()
