"""Addresses of the Tech's side."""

from django.urls import path
from django.views.generic import RedirectView

from postdesk.web.console import bodies, changing, originals, ticket, ticket_list, writing

app_name = "console"
TICKET = "tickets/<int:number>/"
ENTRY = f"{TICKET}entries/<int:entry_number>/"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:list"), name="home"),
    path("tickets/", ticket_list.ticket_list, name="list"),
    path("tickets/arrivals/", ticket_list.arrivals, name="arrivals"),
    path(TICKET, ticket.ticket_page, name="ticket"),
    path(f"{TICKET}news/", ticket.news, name="news"),
    path(f"{TICKET}write/", writing.write, name="write"),
    path(f"{TICKET}properties/<str:name>/", changing.change_property, name="property"),
    path(f"{TICKET}add-to-related/", changing.add_to_related, name="add_to_related"),
    path(
        f"{TICKET}deliveries/<int:delivery>/send-again/",
        writing.send_delivery_again,
        name="send_again",
    ),
    path(f"{ENTRY}body", bodies.body, name="body"),
    path(f"{ENTRY}original/", originals.original, name="original"),
    path(f"{ENTRY}original.eml", originals.eml, name="eml"),
    path(f"{ENTRY}attachments/<int:position>/", originals.attachment, name="attachment"),
    path(f"{ENTRY}pictures/<int:position>/", originals.picture, name="picture"),
]
