"""The errors that reach a person.

Each message says where (file, row, column), what was found, what was expected, and what to do next.
No message carries a value that could identify a person.
"""


class CostshiftError(Exception):
    """The run cannot go on. Nothing was published; the message says what to do (exit code 2)."""

    exit_code = 2


class ProjectError(CostshiftError):
    """``costshift.toml`` is missing, unreadable, or says something that cannot be followed."""


class ExtractError(CostshiftError):
    """An extract is missing, empty, unreadable, or lacks a required column."""


class HistoryError(CostshiftError):
    """The history folder cannot be read or written as it must be."""


class PublicationError(CostshiftError):
    """The pack cannot be written, or a check of its own figures failed."""


class HistoryLockedError(CostshiftError):
    """Another run holds the history (exit code 3)."""

    exit_code = 3
