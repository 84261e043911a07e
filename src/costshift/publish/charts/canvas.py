"""What every chart is drawn on: its size, type, colours, title, units and source; and the shapes, as SVG.

Shapes are written as SVG by hand and turned into PNG by vl-convert (which carries the font, and needs neither browser
nor network). Tried: a chart through altair or Vega costs 0.1 s more of processor and the engine a second to start.
Text is set in Liberation Sans, which has the widths of Arial: a chart is the same on every machine. Nothing rests on
colour alone: every bar and ribbon has its name, every signal its own shape.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from costshift.publish.words import with_minus

#: SVG of one shape.
Shape = str

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_LETTER = 0.5
#: Pixels of the whole picture's width, and from its edge.
WIDTH, EDGE = 760, 20
TITLE, BODY, SMALL = 19, 13, 12

PAPER, INK, SOFT, GRID, PALE = "#ffffff", "#17212b", "#4a5865", "#d3dae0", "#e9edf0"
#: Common cause, improving and concerning: grey, blue and orange as Making Data Count has them, each with its shape.
COMMON, IMPROVING, CONCERNING = "#66727e", "#0a5296", "#b8500a"
#: Partner types, from dark to light: they differ in grey as they do in colour.
KINDS = {
    "acute": "#0b3c66",
    "icb": "#3f6a94",
    "community": "#6f97bd",
    "mental_health": "#a5c0d8",
    "council": "#e0912f",
    "person": "#864dbf",
    "none": "#c3cad1",
}
BAR, BELOW = "#3f6a94", "#c7641a"


def kind_colour(kind: str) -> str:
    """The colour of a partner type or attribution."""
    return KINDS.get(kind, KINDS["none"])


def text_on(colour: str) -> str:
    """Ink or paper, whichever can be read on a colour."""
    return PAPER if contrast(colour, PAPER) >= contrast(colour, INK) else INK


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def width_of(text: str, size: int) -> float:
    """About how wide a text is: a letter of Liberation Sans is half its size wide."""
    return len(text) * _LETTER * size


def lines(text: str, width: float, size: int) -> list[str]:
    """Text in lines that fit a width."""
    return textwrap.wrap(text, max(8, int(width / (_LETTER * size)))) or [""]


def label_lines(text: str, width: float, size: int, most: int) -> list[str]:
    """A label in at most so many lines; where it is longer, an ellipsis says so."""
    every = lines(text, width, size)
    if len(every) <= most:
        return every
    shown = every[:most]
    return [*shown[:-1], f"{shown[-1][: max(8, int(width / (_LETTER * size))) - 1].rstrip(' ,')}…"]


# --- the whole ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawing:
    """A whole chart as SVG, without its name for who cannot see it (``chart.py`` adds that)."""

    body: str
    width: int
    height: int


def picture(title: str, units: str, source: str, height: float, shapes: Iterable[Shape]) -> Drawing:
    """A whole chart: the finding on top, the units below it, the plot, the source at the foot.

    Args:
        title: the finding.
        units: what is measured, in which unit.
        source: where the figures come from, and their doubts.
        height: pixels of the plot.
        shapes: the plot's, from its own top left corner.
    """
    inner = WIDTH - 2 * EDGE
    # Bold letters are wider.
    head, under, foot = lines(title, inner * 0.96, TITLE), lines(units, inner, BODY), lines(source, inner, SMALL)
    top = EDGE + len(head) * (TITLE + 5)
    plot = top + len(under) * (BODY + 4) + 16
    end = int(plot + height + 18)
    every = [
        *(words(line, EDGE, EDGE + 14 + row * (TITLE + 5), size=TITLE, bold=True) for row, line in enumerate(head)),
        *(words(line, EDGE, top + 12 + row * (BODY + 4), colour=SOFT) for row, line in enumerate(under)),
        moved(shapes, 0, plot),
        *(words(line, EDGE, end + 10 + row * (SMALL + 3), size=SMALL, colour=SOFT) for row, line in enumerate(foot)),
    ]
    whole = end + len(foot) * (SMALL + 3) + 6
    paper = box(0, 0, WIDTH, whole, PAPER)
    return Drawing(f'<g font-family="{FONT}">{paper}{"".join(every)}</g>', WIDTH, whole)


# --- shapes -------------------------------------------------------------------------------------------------


def words(
    text: str,
    x: float,
    y: float,
    *,
    size: int = BODY,
    colour: str = INK,
    bold: bool = False,
    align: str = "start",
    middle: bool = False,
    turned: bool = False,
) -> Shape:
    """One line of text; ``align`` start, middle or end; ``middle``: y is its middle; ``turned``: read upwards."""
    # A third of the size below the middle: the attribute for it is drawn differently by different programs.
    y += size * 0.35 if middle else 0
    place = f'transform="translate({at(x)},{at(y)}) rotate(-90)"' if turned else f'x="{at(x)}" y="{at(y)}"'
    anchor = "" if align == "start" else f' text-anchor="{align}"'
    weight = ' font-weight="bold"' if bold else ""
    return f'<text {place} font-size="{size}" fill="{colour}"{anchor}{weight}>{escape(with_minus(text))}</text>'


def box(x: float, y: float, width: float, height: float, colour: str, *, stroke: str = "") -> Shape:
    """A filled rectangle."""
    line = f' stroke="{stroke}"' if stroke else ""
    return f'<rect x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}" fill="{colour}"{line}/>'


def rule(
    x: float, y: float, x2: float, y2: float, *, colour: str = SOFT, dash: Sequence[int] = (), width: float = 1
) -> Shape:
    """A straight line."""
    return path([(x, y), (x2, y2)], colour, dash=dash, width=width)


def path(points: Iterable[tuple[float, float]], colour: str, *, dash: Sequence[int] = (), width: float = 1.5) -> Shape:
    """A line through points."""
    shape = "L".join(f"{at(x)},{at(y)}" for x, y in points)
    dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else ""
    return f'<path d="M{shape}" fill="none" stroke="{colour}" stroke-width="{at(width)}"{dashes}/>'


def area(shape: str, colour: str, *, opacity: float = 1) -> Shape:
    """A filled shape, as an SVG path."""
    shown = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<path d="{shape}" fill="{colour}"{shown}/>'


def circle(x: float, y: float, radius: float, colour: str, *, fill: str = PAPER, width: float = 1.5) -> Shape:
    """A circle with its edge."""
    edge = f'stroke="{colour}" stroke-width="{at(width)}"'
    return f'<circle cx="{at(x)}" cy="{at(y)}" r="{at(radius)}" fill="{fill}" {edge}/>'


def square(x: float, y: float, half: float, colour: str) -> Shape:
    """A square around a point."""
    return box(x - half, y - half, 2 * half, 2 * half, colour)


def triangle(x: float, y: float, half: float, colour: str) -> Shape:
    """A triangle around a point, its tip upwards."""
    low = y + half * 0.8
    return area(
        f"M{at(x)},{at(y - half * 1.2)}L{at(x + half * 1.15)},{at(low)}L{at(x - half * 1.15)},{at(low)}Z", colour
    )


def moved(shapes: Iterable[Shape], x: float, y: float) -> Shape:
    """Shapes at another place."""
    return f'<g transform="translate({at(x)},{at(y)})">{"".join(shapes)}</g>'


def at(value: float) -> str:
    """A coordinate to a hundredth of a pixel, always spelled alike."""
    return f"{round(value + 0.0, 2):g}" if abs(value) < 1e5 else str(round(value))


# --- scales -------------------------------------------------------------------------------------------------


#: What is nearer to zero is the arithmetic's own: no figure shows it.
_NOTHING = 1e-9


@dataclass(frozen=True)
class Scale:
    """Values to pixels along a straight line."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 8) -> list[float]:
        """Round values within the scale: steps of 1, 2 or 5 of some power of ten."""
        rough = (self.high - self.low) / max(1, most)
        power = 10 ** math.floor(math.log10(rough))
        step = next(power * own for own in (1, 2, 5, 10) if power * own >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(place * step, 10) for place in range(first, last + 1)]


def scale(values: Iterable[float], start: float, end: float, *, zero: bool = True, room: float = 0.06) -> Scale:
    """A scale that holds the values, with some room; from zero, or round about them. It has a length in any case."""
    every = [0.0 if abs(value) < _NOTHING else value for value in values]
    low, high = min([*every, 0.0] if zero else every), max([*every, 0.0] if zero else every)
    if low == high == 0:
        return Scale(0.0, 1.0, start, end)
    spare = (high - low) * room or max(abs(high) * 0.1, 0.5)
    return Scale(low if low == 0 else low - spare, high if high == 0 else high + spare, start, end)


def left_axis(own: Scale, width: float, title: str, write: Callable[[float], str]) -> list[Shape]:
    """Grid lines with their figures at the left, and what they measure."""
    middle = (own.start + own.end) / 2
    # Clear of the widest figure, and within the picture's edge.
    aside = max(46.0, 8 + max((_figure_width(write(tick)) for tick in own.ticks()), default=0) + 5)
    return [
        *(rule(0, own(tick), width, own(tick), colour=GRID if tick == 0 else PALE) for tick in own.ticks()),
        *(words(write(tick), -8, own(tick), size=SMALL, colour=SOFT, align="end", middle=True) for tick in own.ticks()),
        words(title, -aside, middle, size=SMALL, colour=SOFT, align="middle", turned=True),
    ]


def _figure_width(figure: str) -> float:
    """How wide the figure of a tick is: commas, points and hyphens are half as wide as digits."""
    return sum(SMALL * (0.3 if letter in ",.-" else 0.6) for letter in figure)


def foot_axis(own: Scale, height: float, title: str, write: Callable[[float], str]) -> list[Shape]:
    """Grid lines with their figures below, and what they measure."""
    return [
        *(rule(own(tick), 0, own(tick), height, colour=GRID if tick == 0 else PALE) for tick in own.ticks()),
        *(words(write(tick), own(tick), height + 17, size=SMALL, colour=SOFT, align="middle") for tick in own.ticks()),
        words(title, (own.start + own.end) / 2, height + 36, size=SMALL, colour=SOFT, align="middle"),
    ]


def apart(
    places: Iterable[tuple[float, str]], least: float = 15, *, lowest: float | None = None
) -> list[tuple[float, str]]:
    """Labels at heights, moved down where they would overlap, and up again where that is beyond ``lowest``."""
    found: list[tuple[float, str]] = []
    for place, text in sorted(places):
        found.append((max(place, found[-1][0] + least) if found else place, text))
    limit = lowest
    for at_, (place, text) in reversed(list(enumerate(found))):
        if limit is not None and place > limit:
            found[at_] = (limit, text)
        limit = None if limit is None else found[at_][0] - least
    return found


def plain(value: float) -> str:
    """A tick as 1,200 or 0.4."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,g}"


def percent(value: float) -> str:
    """A tick as 40%."""
    return f"{100 * value:g}%"
