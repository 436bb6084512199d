"""Static files in production: collected under names that change with their contents, and compressed once.

So browsers can cache each for ever, and request nothing twice. What was not collected is served from the packages
themselves, under its plain name and for a minute: a forgotten command breaks no page.
"""

import logging

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

logger = logging.getLogger(__name__)

NOT_COLLECTED = (
    "Static files are not collected, so pages load slower than they could: run "
    "python manage.py collectstatic --noinput, and start again."
)


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the library has no types
    """Collects static files, and knows their names."""

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """Return the names of collected files, none where the list is incomplete: collecting again writes it anew."""
        try:
            names, digest = super().load_manifest()
        except ValueError:
            return {}, ""
        return names, digest

    def stored_name(self, name: str) -> str:
        """Return the name of a collected file, and of another the one that it has in its package."""
        found: str = self.hashed_files.get(self.hash_key(self.clean_name(name)), name)
        return found


def warn_where_not_collected() -> None:
    """Warn where the files of production were not collected."""
    if not settings.DEBUG and not getattr(staticfiles_storage, "hashed_files", {}):
        logger.warning(NOT_COLLECTED)
