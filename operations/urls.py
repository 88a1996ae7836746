from __future__ import annotations

from django.urls import path

from operations.views import calls, desk, health, overrides, pictures, pin

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("staff/", desk.staff, name="staff"),
    path("staff/<slug:code>/", desk.dashboard, name="dashboard"),
    path("staff/<slug:code>/parts/<slug:part>/", desk.dashboard_part, name="dashboard_part"),
    path("staff/<slug:code>/pin/", pin.booth_pin, name="booth_pin"),
    path("staff/<slug:code>/calls/<uuid:call_id>/", calls.call_page, name="dashboard_call"),
    path("staff/<slug:code>/calls/<uuid:call_id>/take/", calls.take_call, name="dashboard_take_call"),
    path("staff/<slug:code>/bays/<str:bay_code>/", overrides.bay, name="dashboard_bay"),
    path("staff/<slug:code>/controllers/<slug:controller_code>/", overrides.controller, name="dashboard_controller"),
    path("staff/<slug:code>/gates/<slug:gate_code>/", overrides.gate, name="dashboard_gate"),
    path("staff/<slug:code>/gates/<slug:gate_code>/refill/", overrides.refill, name="dashboard_refill"),
    path(
        "staff/<slug:code>/gates/<slug:gate_code>/pictures/<int:picture_id>/",
        pictures.picture,
        name="dashboard_picture",
    ),
    path("staff/<slug:code>/cards/<uuid:grant_id>/lost/", overrides.card_lost, name="dashboard_card_lost"),
    path("staff/<slug:code>/plates/<int:event_id>/let-in/", overrides.let_in, name="dashboard_let_in"),
]
