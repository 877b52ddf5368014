"""An `.npz` file by a stranger: what arrays it has, and those that are asked for. Nothing else in it is believed.

Of the members that nobody asks for only the headers are looked at, so that they may be of any kind, damaged or a bomb;
of those that are, no more is unpacked than the header says, and that only up to a limit. Never is code run.

In:  the file's bytes.  Out: `Npz`. Whatever zipfile and numpy raise comes through: the caller makes a sentence of it.

Format: numpy's documentation of `numpy.savez` and `numpy.lib.format`.
"""

import io
import math
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from train.errors import quote

_HeaderOf: TypeAlias = Callable[[BinaryIO], tuple[tuple[int, ...], bool, np.dtype[np.generic]]]
_READERS: Mapping[tuple[int, int], _HeaderOf] = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@dataclass(frozen=True)
class Header:
    """What a member says of itself."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[np.generic]


class Npz:
    """The arrays of an `.npz` file by name."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._members: dict[str, str] = {}
        for member in self._archive.namelist():
            name = member.removesuffix(".npy")
            if name in self._members:
                raise ValueError(f"two members called {quote(name)}")
            self._members[name] = member

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members, as `numpy.load` has them."""
        return tuple(self._members)

    def is_array(self, name: str) -> bool:
        """Whether a member begins as an array does."""
        with self._archive.open(self._members[name]) as file:
            return file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX

    def header(self, name: str) -> Header:
        """Shape and kind of one array, of whose numbers nothing is read."""
        with self._archive.open(self._members[name]) as file:
            return _read_header(file)

    def read(self, name: str, limit: int) -> NDArray[np.generic]:
        """One array of at most `limit` bytes; its length must be what its shape says."""
        with self._archive.open(self._members[name]) as file:
            header = _read_header(file)
            if header.dtype.hasobject:
                raise ValueError("Object arrays cannot be loaded")
            expected = math.prod(header.shape) * header.dtype.itemsize
            if expected > limit:
                raise ValueError(f"{quote(name)} of {quote(expected)} bytes, more than {limit}")
            numbers = file.read(expected)
            if len(numbers) != expected or file.read(1):  # to the end, where zipfile compares the sum
                got = len(numbers) if len(numbers) < expected else "more"
                raise ValueError(f"{got} bytes of numbers in {quote(name)} instead of {expected}")
        array = np.frombuffer(numbers, header.dtype) if expected else np.empty(math.prod(header.shape), header.dtype)
        return array.reshape(header.shape, order="F" if header.fortran else "C")


@runtime_checkable
class Readable(Protocol):
    """What is asked of a file here; a member of an archive has less than all of `BinaryIO`."""

    def read(self, count: int = -1, /) -> bytes:
        """So many bytes, or all."""
        ...


def _read_header(member: Readable) -> Header:
    file = cast(BinaryIO, member)  # which it is in all that numpy asks of it
    version = npy.read_magic(file)
    if version not in _READERS:
        raise ValueError(f".npy version {version[0]}.{version[1]} instead of 1.0 or 2.0")
    shape, fortran, dtype = _READERS[version](file)
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError(f"the shape {quote(shape)}")
    return Header(shape, fortran, dtype)
