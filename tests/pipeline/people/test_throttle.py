from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import TooManyTries
from pipeline.people.throttle import count_try, forget_tries, network_place
from pipeline.records import Attempt
from pipeline.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARIA = "maria@muster.example"
OFFICE, STRANGER = "203.0.113.7", "198.51.100.9"


def tries(
    store: SqliteStore, number: int, *, email: str = MARIA, address: str = OFFICE, at: datetime = NOON, apart: float = 0
) -> None:
    for one in range(number):
        with store.tx() as t:
            count_try(t, email, address, at + timedelta(seconds=one * apart))


def wait_after(store: SqliteStore, *, email: str = MARIA, address: str = OFFICE, at: datetime = NOON) -> int:
    """Minutes; 0 when a try is let through (and counted)."""
    try:
        tries(store, 1, email=email, address=address, at=at)
    except TooManyTries as refused:
        return int(str(refused.facts["minutes"]))
    return 0


def test_after_four_tries_each_pause_is_twice_the_one_before(store: SqliteStore) -> None:
    tries(store, 4)
    at = NOON
    for pause in (5, 10, 20, 40, 80, 160):
        assert wait_after(store, at=at + timedelta(seconds=pause - 1)) > 0
        at += timedelta(seconds=pause)
        assert wait_after(store, at=at) == 0


def test_after_ten_tries_an_account_rests_for_fifteen_minutes_from_the_first(store: SqliteStore) -> None:
    tries(store, 4)
    late = NOON + timedelta(minutes=5)
    tries(store, 6, at=late, apart=200)
    assert wait_after(store, at=NOON + timedelta(minutes=14, seconds=59)) > 0
    last = late + timedelta(seconds=1000)
    assert wait_after(store, at=last + timedelta(minutes=15)) == 0


def test_one_place_has_thirty_tries_an_hour_over_all_accounts(store: SqliteStore) -> None:
    for one in range(30):
        tries(store, 1, email=f"person{one}@muster.example", at=NOON + timedelta(minutes=one))
    assert wait_after(store, email="new@muster.example", at=NOON + timedelta(minutes=30)) == 30
    assert wait_after(store, email="new@muster.example", address=STRANGER, at=NOON + timedelta(minutes=30)) == 0
    assert wait_after(store, email="new@muster.example", at=NOON + timedelta(hours=1)) == 0


def test_a_strangers_tries_do_not_lock_maria_out(store: SqliteStore) -> None:
    tries(store, 4, address=STRANGER)
    tries(store, 6, address=STRANGER, at=NOON + timedelta(minutes=1), apart=161)
    assert wait_after(store, address=STRANGER, at=NOON + timedelta(minutes=14)) > 0
    assert wait_after(store, address=OFFICE, at=NOON + timedelta(minutes=14)) == 0


def test_not_even_tries_from_everywhere_lock_maria_out_where_she_is_known(store: SqliteStore) -> None:
    with store.tx() as t:
        forget_tries(t, MARIA, OFFICE, NOON - timedelta(days=29))
    for one in range(50):
        tries(store, 1, address=f"198.51.100.{one}", at=NOON)
    assert wait_after(store, address="192.0.2.1") > 0
    assert wait_after(store, address=OFFICE) == 0
    for one in range(50):
        tries(store, 1, address=f"198.51.100.{one}", at=NOON + timedelta(days=2))
    assert wait_after(store, address=OFFICE, at=NOON + timedelta(days=2)) > 0  # known for 30 days


def test_the_right_password_takes_its_own_try_back(store: SqliteStore) -> None:
    for one in range(40):
        tries(store, 1, at=NOON + timedelta(seconds=one))
        with store.tx() as t:
            forget_tries(t, MARIA, OFFICE, NOON + timedelta(seconds=one))
    assert wait_after(store, at=NOON + timedelta(minutes=1)) == 0


def test_a_refused_try_counts_for_nothing(store: SqliteStore) -> None:
    tries(store, 4)
    for _ in range(100):
        assert wait_after(store, at=NOON + timedelta(seconds=1)) > 0
    assert wait_after(store, at=NOON + timedelta(seconds=5)) == 0


def test_what_is_over_is_swept_away(store: SqliteStore) -> None:
    for one in range(5):
        tries(store, 1, email=f"person{one}@muster.example", address=f"198.51.100.{one}")
    tries(store, 1, at=NOON + timedelta(hours=2))
    with store.read() as view:
        left = view.page(Attempt, limit=100)
    assert all(attempt.until > NOON + timedelta(hours=2) for attempt in left)
    assert len(left) == 3


def test_no_address_of_a_person_or_a_machine_is_kept(store: SqliteStore) -> None:
    tries(store, 1)
    kept = b"".join(file.read_bytes() for file in store.folder.glob("staffelstab.sqlite*"))
    assert MARIA.encode() not in kept
    assert OFFICE.encode() not in kept


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_place_is_one_ipv4_address_or_one_ipv6_network(address: str, place: str) -> None:
    assert network_place(address) == place
