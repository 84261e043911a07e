"""The command line: one file a command. Options in, one call, words out.

Nothing heavy is imported here or at the top of a command's file, so that `--help` is as fast as Typer.
"""

from __future__ import annotations

import sys

import typer

from costshift import own_process
from costshift.cli import check, describe, explain, history, init, load, options, report, run, sample, what_if

app = typer.Typer(
    name="costshift",
    help="Delayed discharges, eligibility-driven shifts, and which partner absorbs the cost: "
    "from this month's extracts to a pack that both sides can check.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (init, check, load, run, report, explain, what_if, describe, sample):
    app.command(module.NAME, help=module.HELP)(module.command)

app.add_typer(history.app, name=history.NAME)


def _print_version(wanted: bool) -> None:
    if wanted:
        from costshift import __version__

        print(f"costshift {__version__}")
        raise typer.Exit()


@app.callback()
def _top(
    version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", is_eager=True, callback=_print_version
    ),
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command; every failure is a clear message and an exit code, never a traceback."""
    own_process.set_up()
    for stream in (sys.stdout, sys.stderr):
        # A console that lacks a sign shows another; it must not stop the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except OSError as error:
        # Help and versions: what a command says goes through its own session.
        print(f"costshift: what was asked for cannot be shown ({error.strerror}).", file=sys.stderr)
        options.say_no_more()
        sys.exit(2)
    finally:
        own_process.leave()
