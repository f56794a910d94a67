"""The simulated CA keeps to RFC 8555 and to Let's Encrypt's habits where the flows depend on them."""

from random import Random

import pytest

from certwright.domain.errors import CaRefusal
from certwright.domain.order import Order, Status
from certwright.domain.renewal import DAY, HOUR, MINUTE
from tests.simulation.ca_account import AccountAtCa
from tests.simulation.ca_rules import Limit, Limits, profile_at, suggested_window
from tests.simulation.keys import PlainKeys
from tests.simulation.scenario import START
from tests.simulation.schedule import Schedule
from tests.simulation.simulated_ca import SimulatedCa

NAMES = ("*.example.test", "example.test")
KEYS = PlainKeys()
FEW = Limits(orders_per_account=Limit(8, 10 * MINUTE))


class World:
    """A CA with one account, whose validations succeed unless `is_met` says otherwise."""

    def __init__(self) -> None:
        self.schedule, self.is_met = Schedule(START), True
        self.spells: set[str] = set()
        self.ca = SimulatedCa(
            self.schedule,
            Random(1),
            sky=self.spells.__contains__,
            look=lambda *_: self.is_met,
            on_told=lambda *_: None,
            limits=FEW,
        )
        self.account = AccountAtCa(self.ca, "https://ca.test/account/1", "thumbprint")

    def validate(self, order: Order) -> Order:
        """Answer every challenge and let the CA look."""
        for authorization in order.authorizations:
            challenge = authorization.challenge("dns-01")
            assert challenge
            self.account.answer(challenge.url)
        self.schedule.run_until(self.schedule.now + MINUTE)
        return self.account.fetch_order(order.url)

    def issue(self, names: tuple[str, ...] = NAMES, replaces: str = "") -> str:
        """Get a certificate and return its ARI id."""
        order = self.account.place_order(names, "", replaces)
        if order.status is Status.PENDING:
            order = self.validate(order)
        self.account.finalize(order, KEYS.build_csr(KEYS.generate("ec256"), names))
        self.schedule.run_until(self.schedule.now + MINUTE)
        return KEYS.read_leaf(self.account.download(self.account.fetch_order(order.url))).ari_id


@pytest.fixture
def world() -> World:
    return World()


def test_an_open_order_is_handed_out_again(world: World) -> None:
    """For the same account, names and profile, while it is pending or ready."""
    order = world.account.place_order(NAMES, "", "")
    assert world.account.place_order(NAMES[::-1], "", "").url == order.url
    assert world.validate(order).status is Status.READY
    assert world.account.place_order(NAMES, "", "").url == order.url
    assert world.account.place_order(NAMES, "shortlived", "").url != order.url


def test_a_valid_authorization_is_reused_for_as_long_as_its_profile_says(world: World) -> None:
    """An order may be ready with nothing validated: permission must not rest on validation."""
    world.issue()
    assert world.account.place_order(("example.test",), "", "").status is Status.READY
    world.schedule.run_until(world.schedule.now + 31 * DAY)
    assert world.account.place_order(("www.example.test",), "", "").status is Status.PENDING


def test_a_failed_challenge_ends_its_order_and_counts(world: World) -> None:
    """Six failures of a name within the hour are one too many for the next order."""
    world.is_met = False
    for _ in range(5):
        order = world.account.place_order(("example.test",), "", "")
        assert world.validate(order).status is Status.INVALID
    with pytest.raises(CaRefusal, match="failures") as refused:
        world.account.place_order(("example.test",), "", "")
    assert (refused.value.status, refused.value.retry_after_seconds > 0) == (429, True)


def test_an_order_that_expires_is_invalid_without_a_reason(world: World) -> None:
    """Its authorizations are gone from the CA."""
    order = world.account.place_order(NAMES, "shortlived", "")
    world.schedule.run_until(world.schedule.now + HOUR)
    shown = world.account.fetch_order(order.url)
    assert (shown.status, shown.problem) == (Status.INVALID, None)
    with pytest.raises(CaRefusal, match="Expired"):
        world.account.fetch_authorization(order.authorization_urls[0])


def test_a_certificate_is_replaced_once_and_in_its_window_without_limits(world: World) -> None:
    """RFC 9773 §5, and Let's Encrypt's exemption."""
    ari_id = world.issue()
    for number in range(FEW.orders_per_account.burst - 1):
        world.account.place_order((f"d{number}.test",), "", "")
    with pytest.raises(CaRefusal, match="account"):
        world.account.place_order(("other.test",), "", "")
    window = world.ca.fetch_window(ari_id)
    assert window
    world.schedule.run_until(window.start)
    world.issue(replaces=ari_id)
    with pytest.raises(CaRefusal) as refused:
        world.account.place_order(NAMES, "", ari_id)
    assert (refused.value.type, refused.value.status) == ("alreadyReplaced", 409)


def test_who_comes_in_a_window_that_was_taken_back_has_not_broken_a_limit(world: World) -> None:
    """The CA counts that renewal, and refuses one more sooner than anybody outside can count; other refusals stand."""
    world.ca.limits = Limits(certificates_per_set=Limit(2, DAY))
    ari_id = world.issue()
    world.spells.add("ari-revoked")
    window = world.ca.fetch_window(ari_id)
    world.spells.clear()
    assert window
    world.schedule.run_until(window.start)
    world.issue(replaces=ari_id)
    with pytest.raises(CaRefusal, match="set"):
        world.account.place_order(NAMES, "", "")
    assert not world.ca.refused_by_limits
    for _ in range(2):
        world.issue(("example.test",))
    with pytest.raises(CaRefusal, match="set"):
        world.account.place_order(("example.test",), "", "")
    assert world.ca.refused_by_limits == ["set"]


def test_profiles_change_when_they_were_announced_to() -> None:
    """90, then 64, then 45 days; windows are 2 % wide around two thirds."""
    lifetimes = {profile.validity // DAY for day in range(0, 500, 10) if (profile := profile_at("", START + day * DAY))}
    assert lifetimes == {90, 64, 45}
    start, end = suggested_window(0, 90 * DAY)
    assert (start + end) // 2 == 60 * DAY
    assert round((end - start) / HOUR) == 43
