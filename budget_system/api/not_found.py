"""Unknown addresses below /api/, answered in JSON as everything there."""

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, is_valid_path
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from budget_system.core.errors import NotFound
from budget_system.core.validation import excerpt


class MissingView(APIView):
    """Answers 404, or redirects a reader where only the last slash is missing."""

    renderer_classes = (JSONRenderer,)
    parser_classes = ()
    schema = None

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Answer any method."""
        if request.method in ("GET", "HEAD") and self._lacks_slash(request):
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse before the method is checked: it is the address that is wrong."""
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        path = excerpt(request.path)
        hint = f" Did you mean {path}/?" if self._lacks_slash(request) else " The addresses are listed at /api/."
        raise NotFound(f"There is nothing at {path}.{hint}")

    def _lacks_slash(self, request: HttpRequest | Request) -> bool:
        path = request.path_info
        if path.endswith("/"):
            return False
        match = is_valid_path(f"{path}/")
        return isinstance(match, ResolverMatch) and match.func is not missing


missing = MissingView.as_view()
