"""``python -m costshift``: the same as the ``costshift`` command."""

from costshift.cli import main

if __name__ == "__main__":
    main()
