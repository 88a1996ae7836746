from __future__ import annotations

from django.urls import path

from berth.design import views

urlpatterns = [
    path("components/", views.components, name="components"),
    path("offline/", views.offline, name="offline"),
    path("service-worker.js", views.service_worker, name="service_worker"),
]
