"""Pages that belong to no app: `/health/`."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from budget_system.api.authentication import is_administrator
from budget_system.health.checks import CACHED_HEALTH, CACHED_WEB_HEALTH, HEALTHY
from budget_system.health.report import overall_status, parts_as_json
from budget_system.health.staleness import log_standstills_in_background


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer what works: 200, or 503 where a part is stale or dead. Everybody gets statuses, administrators figures
    too.

    `?only=web` checks this process and its database only, as a container's probe should: restarting the web process
    repairs no broker.
    """
    now = timezone.now()
    only = request.GET.get("only", "")
    if only not in ("", "web") or set(request.GET) - {"only"}:
        return JsonResponse({"only": ["The one parameter is only=web."]}, status=400)
    parts = (CACHED_WEB_HEALTH if only else CACHED_HEALTH).answer()
    if not only:
        log_standstills_in_background(parts, now=now)
    # Who asks is in the database: where that is dead, nobody is known.
    figures = parts["database"].status == HEALTHY and is_administrator(request)
    status = overall_status(parts)
    answer = {"status": status, "checks": parts_as_json(parts, now=now, figures=figures)}
    response = JsonResponse(answer, status=200 if status == HEALTHY else 503)
    # Who probes is told; Django would log each 503 as an error too, once a second while the system starts.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response
