"""Each cloud's own hosts and scopes, with the pretend tenant standing in for the cloud."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.contract.pretend import ANNA, SUPPORT, PretendTenant, open_pretend_tenant

from postdesk.base.errors import NeedsPerson
from postdesk.drivers.open import GraphMailbox, open_inbox, open_session
from postdesk.oauth.application import Application, Secret
from postdesk.oauth.clouds import CLOUDS, pretend_cloud
from postdesk.oauth.microsoft import MicrosoftProvider
from postdesk.oauth.protocols import MailProtocol, Resource
from postdesk.oauth.scopes import (
    application_scope,
    scopes_for_sign_in,
    scopes_missing,
    scopes_of,
)

MAIL = b"From: ann@client.test\r\nTo: support@contoso.test\r\nSubject: Hello\r\n\r\nHello\r\n"
BOTH = (MailProtocol.GRAPH, MailProtocol.IMAP, MailProtocol.SMTP)


@pytest.fixture(params=CLOUDS, ids=lambda cloud: cloud.key)
def place(request) -> Iterator[PretendTenant]:
    tenant = open_pretend_tenant(request.param)
    with tenant.sandbox:
        yield tenant
        tenant.session.close()
        tenant.control_client.close()


def inbox_of(place: PretendTenant, token: str, mailbox: str = SUPPORT):
    target = GraphMailbox(base_url=place.cloud.graph_url, mailbox=mailbox)
    return open_inbox(target, session=place.session, bearer=lambda *_: token)


def test_application_reads_by_the_hosts_of_its_cloud(place):
    place.control("apps", client_id="client-1", consent=True)
    place.inject(SUPPORT, MAIL)

    granted = place.provider().acquire([application_scope(place.cloud, Resource.GRAPH)])

    assert granted.refresh_token == ""
    assert granted.identity is None
    assert inbox_of(place, granted.access_token).probe()


def test_person_signs_in_once_for_every_resource_of_the_cloud(place):
    provider = place.provider()
    flow, answer = place.come_back(
        SUPPORT,
        provider,
        scopes=scopes_for_sign_in(place.cloud, protocols=BOTH, shared=False),
        redeem_scopes=scopes_of(place.cloud, Resource.GRAPH, protocols=BOTH, shared=False),
    )
    graph = provider.redeem(flow, answer)
    outlook_scopes = scopes_of(place.cloud, Resource.OUTLOOK, protocols=BOTH, shared=False)
    outlook = provider.refresh(graph.refresh_token, outlook_scopes)

    assert inbox_of(place, graph.access_token).probe()
    assert scopes_missing(outlook_scopes, outlook.scopes) == ()
    told = place.control_client.post(
        "/_sandbox/introspect", data={"token": outlook.access_token, "protocol": "smtp"}
    ).json()
    assert told["active"]
    assert told["aud"] == f"https://{place.cloud.outlook_host}"


def test_token_of_another_cloud_opens_nothing(place):
    national = place.cloud.graph_host != "graph.microsoft.com"
    other = pretend_cloud(CLOUDS[0] if national else CLOUDS[2], place.sandbox.url)
    application = Application(
        cloud=other, tenant="contoso.test", client_id="client-1", credential=Secret("s3cret")
    )
    session = open_session(reroutes=other.reroutes)
    token = MicrosoftProvider(application, session).acquire(
        [application_scope(other, Resource.GRAPH)]
    )
    session.close()

    with pytest.raises(NeedsPerson):
        inbox_of(place, token.access_token).probe()


def test_permission_of_another_place_is_refused(place):
    wrong = replace(place.cloud, graph_host="graph.example.test")

    with pytest.raises(NeedsPerson) as caught:
        place.provider().acquire([application_scope(wrong, Resource.GRAPH)])

    assert caught.value.code == "AADSTS500011"


def test_shared_mailbox_is_read_by_its_member_in_every_cloud(place):
    token = place.sign_in(ANNA, shared=True)

    assert inbox_of(place, token.access_token, "help@contoso.test").probe()
