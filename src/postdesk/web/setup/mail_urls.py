"""Addresses of the mail pages of Setup; ``setup/urls.py`` includes them."""

from django.urls import path

from postdesk.web.setup import administrator, alarms, checking, held, history, incoming, outgoing

_INCOMING = "incoming-mail-accounts/"
_OUTGOING = "outgoing-mail-accounts/"

urlpatterns = [
    path(_INCOMING, incoming.accounts, name="incoming"),
    path(f"{_INCOMING}new/", incoming.new, name="incoming_new"),
    path(f"{_INCOMING}<int:number>/", incoming.account, name="incoming_account"),
    path(f"{_INCOMING}<int:number>/history/", history.lines, name="incoming_history"),
    path(f"{_INCOMING}<int:number>/check/", checking.check, name="incoming_check"),
    path(f"{_INCOMING}ask/", administrator.ask_first, name="ask_first"),
    path(f"{_INCOMING}<int:number>/administrator/", administrator.ask, name="ask_administrator"),
    path(f"{_INCOMING}<int:number>/switch/", incoming.switch, name="incoming_switch"),
    path(f"{_INCOMING}<int:number>/authorize/", incoming.reauthorize, name="incoming_reauthorize"),
    path(f"{_INCOMING}<int:number>/delete/", incoming.delete, name="incoming_delete"),
    path(_OUTGOING, outgoing.accounts, name="outgoing"),
    path(f"{_OUTGOING}new/", outgoing.new, name="outgoing_new"),
    path(f"{_OUTGOING}<int:number>/", outgoing.account, name="outgoing_account"),
    path(f"{_OUTGOING}<int:number>/switch/", outgoing.switch, name="outgoing_switch"),
    path("alarms/", alarms.page, name="alarms"),
    path("alarms/test/", alarms.send_test, name="alarms_test"),
    path("alarms/<int:number>/acknowledge/", alarms.acknowledge_alarm, name="alarm_acknowledge"),
    path(f"{_OUTGOING}<int:number>/authorize/", outgoing.reauthorize, name="outgoing_reauthorize"),
    path("held-mail/", held.messages, name="held"),
    path("held-mail/<int:number>/", held.message, name="held_message"),
    path("held-mail/<int:number>/original/", held.original, name="held_original"),
    path("held-mail/<int:number>/process-again/", held.process, name="held_process"),
]
