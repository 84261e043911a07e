"""A whole amount among several, by shares of any precision, to the unit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction


def spread(whole: int, shares: Mapping[str, float | int | Fraction]) -> dict[str, int]:
    """Split a whole number by shares, so that the parts sum to it.

    Each part is its exact share, cut towards zero; the units that are left go to the largest remainders, of equal ones
    to the larger share, then by name. A negative whole is split as its positive twin, so that what is paid back goes
    back as it came.

    Args:
        whole: pence, days or anything counted.
        shares: name to share; none negative, and not all zero. They need not sum to 100.

    Raises:
        ValueError: a share is negative, or all are zero.
    """
    exact = {
        name: Fraction(str(share)) if isinstance(share, float) else Fraction(share) for name, share in shares.items()
    }
    total = sum(exact.values(), Fraction(0))
    if total == 0 or min(exact.values()) < 0:
        raise ValueError("shares must not be negative, nor all zero")
    size = abs(whole)
    parts = {name: size * share / total for name, share in exact.items()}
    found = {name: int(part) for name, part in parts.items()}
    order = sorted(exact, key=lambda name: (found[name] - parts[name], -exact[name], name))
    for name in order[: size - sum(found.values())]:
        found[name] += 1
    return found if whole >= 0 else {name: -part for name, part in found.items()}
