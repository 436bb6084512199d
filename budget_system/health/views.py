"""Pages that belong to no app: `/health/`."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from budget_system.api.authentication import TokenAuthentication
from budget_system.health.checks import HEALTHY, RECENT, RECENT_WEB, overall, shown
from budget_system.health.staleness import tell_aside


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Return what is alive: 200, or 503 where a part is stale or dead. Words for everybody, figures for administrators.

    `?only=web` asks for this process and its database alone, as a container's probe should: restarting the web
    process mends no broker.
    """
    now = timezone.now()
    only = request.GET.get("only", "")
    if only not in ("", "web") or set(request.GET) - {"only"}:
        return JsonResponse({"only": ["The one parameter is only=web."]}, status=400)
    parts = (RECENT_WEB if only else RECENT).answer()
    if not only:
        tell_aside(parts, now=now)
    # Who asks is in the database: where that is dead, nobody is known.
    figures = parts["database"].status == HEALTHY and _is_administrator(request)
    status = overall(parts)
    answer = {"status": status, "checks": shown(parts, now=now, figures=figures)}
    response = JsonResponse(answer, status=200 if status == HEALTHY else 503)
    # Who probes is told; Django would log each 503 as an error too, once a second while the system starts.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response


def _is_administrator(request: HttpRequest) -> bool:
    """Return whether an administrator asks, by token or by session; a wrong token is answered as none, but counted."""
    try:
        sent = TokenAuthentication().authenticate(Request(request))
    except APIException:
        return False
    return bool((sent[0] if sent else request.user).is_superuser)
