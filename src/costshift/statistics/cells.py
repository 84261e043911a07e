"""Cells that are too small to carry a rate, put together along a hierarchy that is fixed beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Path = tuple[str, ...]


def merged_cells(counts: Mapping[Path, Sequence[int]], least: int) -> dict[Path, Path]:
    """The cell in which each finest cell is counted.

    A finest cell is named by its path from the coarsest level to the finest, such as (older, women, physical). From
    the finest level upwards, whatever counts fewer than ``least`` in any period goes to the pool of its parent; the
    pool is then treated as a cell of the parent's level. What is pooled at the top stays there, whatever its size.

    Args:
        counts: finest cell to its count in each period; all paths have the same length.
        least: the smallest count that a cell may have.

    Returns:
        Finest cell to the path of the cell it is counted in: itself, or the path of the level at which it is pooled.
    """
    if not counts:
        return {}
    depth = len(next(iter(counts)))
    held = {path: [path] for path in counts}
    sizes = {path: list(numbers) for path, numbers in counts.items()}
    for level in range(depth, 0, -1):
        for path in sorted(path for path in held if len(path) == level):
            if min(sizes[path]) >= least:
                continue
            parent = path[:-1]
            held.setdefault(parent, []).extend(held.pop(path))
            before = sizes.pop(path)
            pooled = sizes.get(parent, [0] * len(before))
            sizes[parent] = [own + other for own, other in zip(pooled, before, strict=True)]
    return {finest: path for path, members in held.items() for finest in members}
