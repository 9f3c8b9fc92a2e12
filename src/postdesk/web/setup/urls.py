"""Addresses of Setup."""

from django.urls import path

from postdesk.web.setup import (
    api_keys,
    audit,
    groups,
    home,
    mail_urls,
    options,
    request_types,
    techs,
)

app_name = "setup"
urlpatterns = [
    path("", home.setup_home, name="home"),
    path("options/", options.change_options_page, name="options"),
    path("api-keys/", api_keys.list_keys, name="api_keys"),
    path("api-keys/new/", api_keys.new_key, name="api_key_new"),
    path("api-keys/<int:number>/revoke/", api_keys.revoke, name="api_key_revoke"),
    path("audit/", audit.show_entries, name="audit"),
    path("techs/", techs.list_techs, name="techs"),
    path("techs/new/", techs.new_tech, name="tech_new"),
    path("techs/<int:number>/", techs.edit_tech, name="tech"),
    path("tech-groups/", groups.list_groups, name="groups"),
    path("tech-groups/new/", groups.new_group, name="group_new"),
    path("tech-groups/<int:number>/", groups.edit_group, name="group"),
    path("request-types/", request_types.list_request_types, name="request_types"),
    path("request-types/new/", request_types.new_request_type, name="request_type_new"),
    path("request-types/<int:number>/", request_types.edit_request_type, name="request_type"),
    *mail_urls.urlpatterns,
]
