"""Addresses of the administrator's one-time page."""

from django.urls import path

from postdesk.web.administrator import views

app_name = "administrator"
urlpatterns = [
    path("consent/", views.consented, name="consented"),
    path("<str:token>/", views.page, name="page"),
    path("<str:token>/certificate/", views.certificate, name="certificate"),
]
