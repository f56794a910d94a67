"""The stand-in provider's state: the zones it hosts and the records its user added."""

import threading
from collections.abc import Iterable

from local.provider_answers import SOA_TTL, Reply, answer, build_zones
from local.provider_records import RecordRefusedError, StoredRecord, check_addition, parse_name

NAME_SERVER = "ns.provider.test"
_SOA = f"{NAME_SERVER} hostmaster.provider.test {{serial}} 60 60 600 {SOA_TTL}"


class ProviderStore:
    """Hold the root, the top-level zones and the user's zones, all served at one address."""

    def __init__(self, origins: Iterable[str], address: str) -> None:
        self.origins = tuple(dict.fromkeys(parse_name(origin, "--origin") for origin in origins))
        tops = dict.fromkeys(["", "test", *(origin.rpartition(".")[2] for origin in self.origins)])
        self._hosted = tuple(dict.fromkeys([*tops, *self.origins]))
        self._address = address
        self._lock = threading.Lock()
        self._serial = 0
        self._records: tuple[StoredRecord, ...] = ()
        self._rebuild(())

    @property
    def records(self) -> tuple[StoredRecord, ...]:
        """The user's records, ordered by name."""
        return tuple(sorted(self._records))

    def answer(self, name: str, type_: str) -> Reply | None:
        """Answer from memory as it stands."""
        return answer(self._zones, name, type_)

    def add(self, record: StoredRecord) -> None:
        """Add a record, served from now on; `RecordRefusedError` says what is wrong with it."""
        with self._lock:
            check_addition(record, self._records, self.origins)
            self._rebuild((*self._records, record))

    def delete(self, record: StoredRecord) -> None:
        """Delete a record, whatever its TTL; `RecordRefusedError` where there is none like it."""
        with self._lock:
            remaining = tuple(
                held
                for held in self._records
                if (held.name, held.type, held.value) != (record.name, record.type, record.value)
            )
            if len(remaining) == len(self._records):
                raise RecordRefusedError(f"name: {record.name} has no {record.type} record with this value.")
            self._rebuild(remaining)

    def _rebuild(self, records: tuple[StoredRecord, ...]) -> None:
        self._serial += 1
        soa = _SOA.format(serial=self._serial)
        system = [StoredRecord(NAME_SERVER, "A", self._address)]
        for origin in self._hosted:
            system += [StoredRecord(origin, "SOA", soa, SOA_TTL), StoredRecord(origin, "NS", NAME_SERVER)]
        self._zones = build_zones(self._hosted, (*system, *records))
        self._records = records
