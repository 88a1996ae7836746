"""Public pages of the news."""

from __future__ import annotations

from django.urls import path

from marketing import views

urlpatterns = [
    path("announcements/", views.announcements, name="announcements"),
    path("announcements/<int:announcement_id>/", views.announcement, name="announcement"),
]
