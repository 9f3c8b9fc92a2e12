"""Addresses of the way to the provider and back."""

from django.urls import path

from postdesk.web.oauth import views

app_name = "oauth"
urlpatterns = [
    path("callback", views.callback, name="callback"),
    path("finish/<str:handle>/", views.finish, name="finish"),
    path("go/<int:number>/", views.go, name="go"),
    path("again/<int:number>/", views.again, name="again"),
    path("unknown/", views.unknown, name="unknown"),
]
