"""How often Python looks for garbage in a process of costshift."""

#: For ``gc.set_threshold``. Nearly all that is made stays to the end of its stage: to look for cycles among it as often
#: as Python does by itself is a twentieth of a report.
SELDOM = (100_000, 50, 50)
