"""One forged file: its bytes, and what is known about it by hand."""

from dataclasses import dataclass

DEVIATIONS = {
    "floor": "safety floor: torch picks one of two readings, or hands out memory that the file did not supply",
    "call": "a call form that torch takes only because Python does, and that no release wrote",
    "contradiction": "torch accepts parts that contradict each other, and a later use of the tensor fails or is wrong",
    "label": "a device is a label: torch refuses only because this machine lacks the device",
    "order": "torch forgets to change the byte order of storages without a dtype, and hands out wrong numbers",
    "attribute": "what a call of an allowlisted function gives is not known, so no object can be made of it",
    "result": "the class of what a call gives is not known, so BUILD is not refused for it",
    "arguments": "a class or function that is not looked up cannot refuse its arguments or its state",
    "structured": "arrays of records and of Python objects have no elements of one plain type",
    "masked": "a masked array is an object that fills itself from the state",
    "converted": "values are handed out as the file has them, not converted to another dtype",
    "imports": "torch's answer depends on the modules that are imported",
}


@dataclass(frozen=True)
class Case:
    """`kind`: the refusal that the file deserves where torch refuses it (a prefix where two are as good).

    `deviation`: why a conforming loader may answer otherwise than torch (a key of DEVIATIONS), and then
    `deviation_kind`: the refusal where torch accepts, or "accept" where torch refuses.
    `unstable`: torch's value depends on what was in memory.
    """

    name: str
    title: str
    data: bytes
    kind: str | None = None
    deviation: str | None = None
    deviation_kind: str | None = None
    needs: tuple = ()
    unstable: bool = False

    def about(self):
        about = {"title": self.title, "kind": self.kind, "needs": list(self.needs), "unstable": self.unstable}
        if self.deviation:
            accepts = self.deviation_kind == "accept"
            about["deviation"] = DEVIATIONS[self.deviation]
            about["deviation_verdict"] = "accept" if accepts else "reject"
            about["deviation_kind"] = None if accepts else self.deviation_kind
        return about
