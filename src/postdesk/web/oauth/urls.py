"""Addresses of the way to the provider and back."""

from django.urls import path

from postdesk.web.oauth import certificate_views, device_views, views

app_name = "oauth"
urlpatterns = [
    path("callback", views.callback, name="callback"),
    path("finish/<str:handle>/", views.finish, name="finish"),
    path("confirm/<str:handle>/", views.confirm, name="confirm"),
    path("go/<int:number>/", views.go, name="go"),
    path("device/<int:number>/", device_views.device, name="device"),
    path("again/<int:number>/", views.again, name="again"),
    path("certificate/<int:number>/", certificate_views.certificate, name="certificate"),
    path("unknown/", views.unknown, name="unknown"),
]
