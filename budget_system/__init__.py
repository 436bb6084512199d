"""The Django project. Celery's application is loaded with it, so that tasks are sent to our broker and no other."""

from budget_system.celery import app as celery_app

__all__ = ["celery_app"]
