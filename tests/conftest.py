"""What holds for every test."""

from hypothesis import HealthCheck, settings

# No examples fail for being slow: machines are busy, and speed belongs in bench/.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
