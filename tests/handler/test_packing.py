"""The parts of a scored field: what goes in comes out, and each part opens alone."""

import zlib

import msgpack
import pytest

from handler.answer import to_answer, to_message
from handler.packing import (
    pack_map,
    pack_message,
    pack_nuclei,
    unpack,
    unpack_answer,
    unpack_field,
    unpack_message,
)
from tests.handler.test_answer import some_analysis, some_nuclei


def test_a_packed_field_comes_back_with_its_evidence() -> None:
    sent = some_analysis(some_nuclei(40))
    received = unpack_message(pack_message(sent))
    assert to_answer(received) == to_answer(sent)
    assert received.probability.to_message() == sent.probability.to_message()


def test_the_answer_is_in_the_open_and_the_nuclei_are_in_their_part_only() -> None:
    analysis = some_analysis(some_nuclei(5))
    message = msgpack.unpackb(pack_message(analysis))
    assert set(message) == {"answer", "nuclei", "map"}
    assert message["answer"] | {"nuclei": to_answer(analysis)["nuclei"]} == to_answer(analysis)
    assert unpack(message["nuclei"])["answer"] == to_answer(analysis)


def test_a_revisions_own_part_goes_with_the_shared_one() -> None:
    first, second = some_analysis(some_nuclei(5)), some_analysis(some_nuclei(3, seed=1))
    shared = pack_map(to_message(first))
    assert len(unpack_field(pack_nuclei(to_message(second)), shared).decoded.nuclei) == 3


def test_nuclei_are_listed_although_the_mask_behind_them_is_damaged() -> None:
    analysis = some_analysis(some_nuclei(5))
    part = pack_nuclei(to_message(analysis))
    assert unpack_answer(part) == unpack_answer(part[:-9]) == to_answer(analysis)
    with pytest.raises(ValueError, match="no part of a scored field"):
        unpack(part[:-9])


def test_a_part_of_one_stream_as_it_was_written_before_opens_too() -> None:
    whole = to_message(some_analysis(some_nuclei(5)))
    before = zlib.compress(msgpack.packb({name: whole[name] for name in ("answer", "contours", "mask")}))
    assert unpack(before) == unpack(pack_nuclei(whole))
    assert unpack_answer(before) == unpack_answer(pack_nuclei(whole))


@pytest.mark.parametrize("place", [4, 40, 400])
def test_a_changed_byte_of_the_answer_is_noticed(place: int) -> None:
    part = bytearray(pack_nuclei(to_message(some_analysis(some_nuclei(40)))))
    part[place] ^= 1
    with pytest.raises(ValueError, match="no part of a scored field"):
        unpack_answer(bytes(part))


@pytest.mark.parametrize(
    "part", [b"", b"not compressed", pack_map(to_message(some_analysis(some_nuclei(1))))[:-9]]
)
def test_a_damaged_part_is_noticed(part: bytes) -> None:
    with pytest.raises(ValueError, match="no part of a scored field"):
        unpack(part)
