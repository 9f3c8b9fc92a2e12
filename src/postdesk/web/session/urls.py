"""Addresses of set-up and of the signs of life."""

from django.urls import path

from postdesk.web.session.health import healthz, readyz
from postdesk.web.session.metrics import metrics
from postdesk.web.session.setup_address import setup_address

app_name = "session"
urlpatterns = [
    path("set-up/<str:token>/", setup_address, name="setup_address"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
