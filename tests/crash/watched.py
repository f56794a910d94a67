"""A proxy before every port of a worker, made from the ports' own types, so that none can be left out."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeGuard, cast, get_args, get_type_hints

from certwright import ports
from certwright.domain import steps
from certwright.domain.order import Authorization, Order, Status
from certwright.domain.records import NameCheck
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop
from tests.crash.recorder import Recorder


class Watched:
    """A port; each call is made within the recorder's view, and a port that it returns is watched too."""

    def __init__(self, port: object, protocol: type, name: str, recorder: Recorder) -> None:
        self._port, self._protocol, self._name, self._recorder = port, protocol, name, recorder

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._port, method)
        returned = returned_port(getattr(self._protocol, method))

        def watched(*arguments: Any, **named: Any) -> Any:
            _note_step(self._recorder, f"{self._name}.{method}", arguments)
            with self._recorder.through(f"{self._name}.{method}"):
                result = call(*arguments, **named)
            if is_disturbed(method, result):
                self._recorder.disturbances += 1
            return watch(result, returned, self._recorder) if returned and result is not None else result

        return watched


def is_disturbed(method: str, result: object) -> bool:
    """Tell a look that found standing records wrong, and an authorization that Pebble has used again.

    Told never to, it does so for one name in a hundred; an order for one name is ready at once then.
    """
    match result:
        case NameCheck():
            return result.problem is not None
        case Authorization():
            return result.status is Status.VALID
        case Order():
            return method == "place_order" and result.status is Status.READY
        case _:
            return False


def is_port(annotation: object) -> TypeGuard[type]:
    """Tell whether a type is one of the protocols in `ports`."""
    return isinstance(annotation, type) and getattr(annotation, "_is_protocol", False) and annotation in ALL_PORTS


ALL_PORTS = frozenset(
    item for item in vars(ports).values() if isinstance(item, type) and item.__module__.startswith(ports.__name__)
)


def returned_port(method: Any) -> type | None:
    """Find the port that a method returns, if any; it may also return None instead."""
    returned = get_type_hints(method).get("return")
    return next(filter(is_port, get_args(returned) or (returned,)), None)


def watch(port: Any, protocol: type, recorder: Recorder, name: str = "") -> Any:
    """Put the proxy before a port."""
    return Watched(port, protocol, name or protocol.__name__.lower(), recorder)


def watch_all[T](whole: T, recorder: Recorder) -> T:
    """Put the proxy before every port that a dataclass holds, and that the dataclasses in it hold."""
    assert is_dataclass(whole)
    hints = get_type_hints(type(whole))
    changed: dict[str, Any] = {}
    for field in fields(whole):
        value, kind = getattr(whole, field.name), hints[field.name]
        if is_port(kind):
            changed[field.name] = watch(value, kind, recorder, field.name)
        elif is_dataclass(value) and any(map(is_port, get_type_hints(type(value)).values())):
            changed[field.name] = watch_all(value, recorder)
    return cast(T, replace(cast(Any, whole), **changed))


def note_steps(recorder: Recorder, perform: Any, on_step: Callable[[], None]) -> Any:
    """Wrap `perform` so that the recorder knows the step, and something is done before each."""

    def noted(workshop: Workshop, job: Job, step: steps.Step) -> Effect:
        on_step()
        recorder.step = type(step).__name__
        done: Effect = perform(workshop, job, step)
        return done

    return noted


def _note_step(recorder: Recorder, call: str, arguments: tuple[Any, ...]) -> None:
    """Name what is done between steps."""
    if call == "jobs.claim":
        recorder.step = "claim"
    elif call == "jobs.list_due":
        recorder.step = "sweep"
    elif call == "jobs.save" and arguments[0].is_released:
        recorder.step = "let go"
