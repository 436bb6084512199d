"""Where a new password is asked for and set; Django's own names, by which it finds these pages itself."""

from django.urls import path

from budget_system.accounts import views

urlpatterns = [
    path("password_reset/", views.with_mail(views.PasswordResetView.as_view()), name="password_reset"),
    path("password_reset/done/", views.with_mail(views.PasswordResetDoneView.as_view()), name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        views.with_mail(views.PasswordResetConfirmView.as_view()),
        name="password_reset_confirm",
    ),
    path("reset/done/", views.with_mail(views.PasswordResetCompleteView.as_view()), name="password_reset_complete"),
]
