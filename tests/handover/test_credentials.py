"""A replaced credential is kept until the outside system itself has refused it: asked over HTTP, never believed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from handover.exit.steps import ExitVerbs
from pipeline import errors
from pipeline.net import Net
from pipeline.publish.channels.registry import kinds, outlet
from pipeline.records import Secret
from tests.fakes.linkedin import OTHER_PAGE, PAGE, PAGE_SCOPES, Token
from tests.handover.exit_house import MARIAS_TOKEN, SANDERS_TOKEN, ExitHouse, an_exit_house
from tests.house import a_house
from tests.real.wordpress_server import WordPressServer, a_wordpress


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ExitHouse]:
    with an_exit_house(tmp_path) as made:
        yield made


def stored(house: ExitHouse, slug: str = "linkedin") -> Secret:
    with house.at.house.store.read(house.at.client.id) as view:
        channel = house.sander.channels()
        (one,) = [state.channel.id for state in channel if state.channel.slug == slug]
        found = view.get(Secret, one)
    assert found is not None
    return found


# ------------------------------------------------------------------------------------------------- what is kept


def test_a_replaced_credential_is_kept_sealed_with_who_brought_it(house: ExitHouse) -> None:
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    (former,) = stored(house).former
    assert former.brought.by == house.at.sander.id
    assert SANDERS_TOKEN not in former.sealed
    vault, ws = house.at.house.vault, house.at.client.id
    with house.at.house.store.read(ws) as view:
        assert vault.reveal(view, ws, stored(house).id, former.sealed) == SANDERS_TOKEN


def test_every_credential_that_was_replaced_has_to_be_proven_dead_not_only_the_last(house: ExitHouse) -> None:
    house.linkedin.tokens["second"] = Token(scopes=PAGE_SCOPES, roles=house.linkedin.tokens[SANDERS_TOKEN].roles)
    house.sander.replace_secret("linkedin", "second")
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    house.revoke("second")
    with pytest.raises(errors.FormerStillAlive):
        house.maria.prove_former_dead("linkedin")
    assert len(stored(house).former) == 2
    house.revoke(SANDERS_TOKEN)
    house.maria.prove_former_dead("linkedin")
    assert stored(house).former == ()


def test_the_other_sides_credential_cannot_be_brought_as_ones_own(house: ExitHouse) -> None:
    before = stored(house)
    with pytest.raises(errors.SameCredential):
        house.maria.replace_secret("linkedin", f" {SANDERS_TOKEN} ")
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    with pytest.raises(errors.SameCredential):
        house.maria.replace_secret("linkedin", SANDERS_TOKEN)
    assert before.former == ()


def test_the_same_credential_entered_again_is_no_former_one(house: ExitHouse) -> None:
    house.sander.replace_secret("linkedin", SANDERS_TOKEN)
    assert stored(house).former == ()


def test_a_credential_taken_back_into_use_is_no_former_one(house: ExitHouse) -> None:
    house.sander.replace_secret("linkedin", "second")
    house.sander.replace_secret("linkedin", SANDERS_TOKEN)
    assert len(stored(house).former) == 1
    assert house.maria.former_credentials("linkedin") == 1


# -- when it ends


def test_the_end_that_a_linkedin_credential_names_is_shown(house: ExitHouse) -> None:
    given = json.dumps({"access_token": MARIAS_TOKEN, "expires_at": "2027-05-01T10:00:00Z"})
    secret = house.maria.replace_secret("linkedin", given).secret
    assert secret is not None
    assert secret.expires_at is not None
    assert secret.expires_at.isoformat() == "2027-05-01T10:00:00+00:00"


@pytest.mark.parametrize("kind", kinds())
def test_a_credential_that_does_not_say_when_it_ends_has_no_known_end(kind: str) -> None:
    assert outlet(kind).expires_at("abcd efgh ijkl") is None
    assert outlet(kind).expires_at('{"access_token": 7}') is None


# --------------------------------------------------------------------------------------------------- proven dead


def test_what_still_signs_in_is_not_dead_and_stays(house: ExitHouse) -> None:
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    before = house.acts()
    with pytest.raises(errors.FormerStillAlive) as refused:
        house.maria.prove_former_dead("linkedin")
    assert refused.value.facts["channel"] == "LinkedIn-Seite"
    assert refused.value.facts["account"] == "Muster Maschinenbau GmbH"
    assert house.acts() == before
    assert len(stored(house).former) == 1


def test_a_401_proves_it_dead_and_it_is_forgotten(house: ExitHouse) -> None:
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    house.revoke(SANDERS_TOKEN)
    assert house.maria.prove_former_dead("linkedin").account == "Muster Maschinenbau GmbH"
    assert stored(house).former == ()
    assert house.acts()[-1] == "channel.former_dead"
    with pytest.raises(errors.NoFormerCredential):
        house.maria.prove_former_dead("linkedin")


@pytest.mark.parametrize("how", ["error", "html", "busy", "forbidden"])
def test_any_other_answer_proves_nothing(house: ExitHouse, how: str) -> None:
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    house.revoke(SANDERS_TOKEN)
    house.linkedin.fail("acls", how, times=1)  # the present credential is asked first
    with pytest.raises(errors.Refusal) as first:
        house.maria.prove_former_dead("linkedin")
    assert first.value.code != "FormerStillAlive"
    assert len(stored(house).former) == 1


def test_a_place_it_was_used_with_that_does_not_answer_proves_nothing(house: ExitHouse) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # bound and never listening: every connection is refused
        nobody = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        house.sander.change_settings("linkedin", {"author": OTHER_PAGE, "api_url": nobody})
        house.sander.change_settings("linkedin", {"author": PAGE, "api_url": house.linkedin.url})
        house.maria.replace_secret("linkedin", MARIAS_TOKEN)
        house.revoke(SANDERS_TOKEN)
        with pytest.raises(errors.FormerUnclear) as refused:
            house.maria.prove_former_dead("linkedin")
    assert isinstance(refused.value.facts["reason"], errors.ChannelUnreachable)
    assert len(stored(house).former) == 1


def test_a_service_that_refuses_the_present_credential_too_proves_nothing(house: ExitHouse) -> None:
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    house.revoke(SANDERS_TOKEN)
    house.revoke(MARIAS_TOKEN)
    with pytest.raises(errors.ReconnectNeeded):
        house.maria.prove_former_dead("linkedin")
    assert len(stored(house).former) == 1


def test_what_a_credential_says_of_its_own_end_proves_nothing(house: ExitHouse) -> None:
    house.linkedin.tokens["second"] = Token(scopes=PAGE_SCOPES, roles=house.linkedin.tokens[SANDERS_TOKEN].roles)
    house.sander.replace_secret("linkedin", json.dumps({"access_token": "second", "expires_at": "2027-03-17T10:00:00Z"}))
    house.revoke(SANDERS_TOKEN)
    house.at.clock.ahead(days=3)
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    with pytest.raises(errors.FormerStillAlive):
        house.maria.prove_former_dead("linkedin")


def test_only_who_may_connect_the_channel_proves(house: ExitHouse) -> None:
    house.maria.replace_secret("linkedin", MARIAS_TOKEN)
    with pytest.raises(errors.NotAllowed):
        house.jonas.prove_former_dead("linkedin")


# -- on a real WordPress


@pytest.fixture
def wordpress() -> WordPressServer:
    site = a_wordpress()
    site.reset()
    return site


def app_password(site: WordPressServer, login: str, name: str) -> tuple[str, str]:
    made = site.ask("users/me/application-passwords", login=login, method="POST", json={"name": name})
    return str(made["uuid"]), str(made["password"])


@pytest.mark.wordpress
def test_a_revoked_application_password_is_dead_for_the_account_it_belonged_to(
    tmp_path: Path, wordpress: WordPressServer
) -> None:
    at = a_house(tmp_path)
    uuid, sanders = app_password(wordpress, "jonas", "Staffelstab von Sander")
    at.desk(at.sander).add_channel(
        name="Magazin",
        slug="magazin",
        outlet="wordpress",
        owner=at.maria.email,
        settings={"url": wordpress.url, "user": "jonas"},
        secret=sanders,
    )
    maria = ExitVerbs(at.house, at.client.id, at.maria.id)
    at.desk(at.maria).change_settings("magazin", {"user": "maria"})  # another account: the old one is not proven dead by that
    at.desk(at.maria).replace_secret("magazin", wordpress.passwords["maria"])
    with pytest.raises(errors.FormerStillAlive) as refused:
        maria.prove_former_dead("magazin")
    assert "jonas" in str(refused.value.facts["account"])

    answer = Net().send(
        "DELETE",
        f"{wordpress.url}/",
        params={"rest_route": f"/wp/v2/users/me/application-passwords/{uuid}"},
        auth=("jonas", wordpress.passwords["jonas"]),
    )
    assert answer.status == 200
    assert "maria" in maria.prove_former_dead("magazin").account
    assert maria.former_credentials("magazin") == 0
