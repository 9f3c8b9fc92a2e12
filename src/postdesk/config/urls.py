"""Addresses of all pages."""

from allauth.account import views as account
from django.urls import include, path

from postdesk.api.addresses import api

urlpatterns = [
    path("", include("postdesk.web.session.urls")),
    path(
        "sign-in/",
        account.LoginView.as_view(
            template_name="session/sign_in.html",
            extra_context={"page_title": "Sign in to the service desk"},
        ),
        name="account_login",
    ),
    path(
        "sign-out/",
        account.LogoutView.as_view(
            template_name="session/sign_out.html", extra_context={"page_title": "Sign out?"}
        ),
        name="account_logout",
    ),
    path("api/v1/", api.urls),
    path("setup/", include("postdesk.web.setup.urls")),
    path("oauth/", include("postdesk.web.oauth.urls")),
    path("administrator/", include("postdesk.web.administrator.urls")),
    path("", include("postdesk.web.console.urls")),
]

handler400 = "postdesk.web.session.views.bad_request"
handler403 = "postdesk.web.session.views.forbidden"
handler404 = "postdesk.web.session.views.not_found"
handler429 = "postdesk.web.session.views.too_many"  # asked for by django-allauth
handler500 = "postdesk.web.session.views.broken"
