"""The wiring, all in one place: which adapters fill in which ports for which function.

Nothing is built at import. Each `build_…` reads the variables its function needs and names what is missing. The module
behind it imports the adapters that it wires, and is imported when it is first asked for, so that no function loads what
only another needs.
"""

import certwright.adapters.aws  # noqa: F401 - every function needs it: loaded as a function starts, not at its first event
from certwright import __version__
from certwright.adapters.idn import to_a_labels
from certwright.bootstrap.kits import Crier, Front, Lookout, Safe, Sweep
from certwright.flows.dead_letters import DeadLetterOffice
from certwright.flows.read_vitals import Instruments
from certwright.flows.world import Desk, Workshop

__all__ = ["VERSION", "Crier", "Front", "Lookout", "Safe", "Sweep", "to_a_labels"]

VERSION = __version__


def build_desk() -> Desk:
    """Wire `functions/api`; raises `SettingsError`."""
    from certwright.bootstrap import desk

    return desk.build_desk()


def build_front() -> Front:
    """Wire `functions/dashboard`; raises `SettingsError`."""
    from certwright.bootstrap import front

    return front.build_front()


def build_dead_letter_office() -> DeadLetterOffice:
    """Wire what `functions/api` handles dead letters with; raises `SettingsError`."""
    from certwright.bootstrap import dead_letters

    return dead_letters.build_dead_letter_office()


def build_safe() -> Safe:
    """Wire `functions/keys`; raises `SettingsError`."""
    from certwright.bootstrap import safe

    return safe.build_safe()


def build_workshop() -> Workshop:
    """Wire `functions/issuance`; raises `SettingsError`."""
    from certwright.bootstrap import workshop

    return workshop.build_workshop()


def build_sweep() -> Sweep:
    """Wire `functions/renewal`; raises `SettingsError`."""
    from certwright.bootstrap import sweep

    return sweep.build_sweep()


def build_instruments() -> Instruments:
    """Wire what `functions/api` looks at the deployment with; raises `SettingsError`."""
    from certwright.bootstrap import instruments

    return instruments.build_instruments()


def build_lookout() -> Lookout:
    """Wire `functions/watch`; raises `SettingsError`."""
    from certwright.bootstrap import lookout

    return lookout.build_lookout()


def build_crier() -> Crier:
    """Wire `functions/events`; raises `SettingsError`."""
    from certwright.bootstrap import crier

    return crier.build_crier()


def ensure_first_run(sweep: Sweep) -> None:
    """Make a new deployment's owner and admin token, from the secret made with the stack."""
    from certwright.bootstrap.sweep import ensure_first_run as ensure

    ensure(sweep)
