from __future__ import annotations

from django.urls import path

from hardware.views.simulator import simulator, simulator_home, simulator_state

urlpatterns = [
    path("simulator/", simulator_home, name="simulator_home"),
    path("simulator/<slug:code>/", simulator, name="simulator"),
    path("simulator/<slug:code>/state/", simulator_state, name="simulator_state"),
]
