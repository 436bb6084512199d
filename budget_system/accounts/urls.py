"""Addresses for requesting and setting a new password, under Django's own names, so that Django finds them itself."""

from django.urls import path

from budget_system.accounts import views

urlpatterns = [
    path("password_reset/", views.require_mail(views.PasswordResetView.as_view()), name="password_reset"),
    path("password_reset/done/", views.require_mail(views.PasswordResetDoneView.as_view()), name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        views.require_mail(views.PasswordResetConfirmView.as_view()),
        name="password_reset_confirm",
    ),
    path("reset/done/", views.require_mail(views.PasswordResetCompleteView.as_view()), name="password_reset_complete"),
]
