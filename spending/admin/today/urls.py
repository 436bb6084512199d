"""The addresses of the first page's buttons, below the admin's own."""

from django.contrib import admin
from django.urls import path

from spending.admin.today import views

urlpatterns = [
    path("put-away/", admin.site.admin_view(views.put_line_away), name="put_away"),
    path("bring-back/", admin.site.admin_view(views.bring_line_back), name="bring_back"),
]
