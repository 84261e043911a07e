"""Names of array types, and a seed that belongs to a figure."""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def generator_of(*key: Any) -> np.random.Generator:
    """A generator whose seed is the figure's own key: the same figure has the same draws, whatever stands beside it."""
    text = "|".join(str(part) for part in key)
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:16], "big"))
