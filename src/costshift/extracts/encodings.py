"""The encoding of a text, and its lines in blocks of bytes: UTF-8, with one kind of line end."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from typing import IO

#: Opens the bytes of a text, from their start.
Opener = Callable[[], IO[bytes]]
#: Characters or bytes that are read at once where little is done with them: they stay in the processor's memory.
BITE = 1 << 18


def encoding_of(opened: Opener) -> str:
    """The encoding of a text: UTF-8 with or without byte order mark, UTF-16, else Windows-1252."""
    with opened() as file:
        content = file.read(BITE)
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        head = content.removeprefix(codecs.BOM_UTF8)[:2000]
        if len(head) >= 4 and head[1::2].count(0) > len(head) // 4:
            return "utf-16-le"
        if len(head) >= 4 and head[0::2].count(0) > len(head) // 4:
            return "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while content:
                decoder.decode(content)
                content = file.read(BITE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            # Five bytes have no meaning in Windows-1252; a wrong sign in a name must not stop the file.
            return "cp1252"
    return "utf-8"


def _as_text(opened: Opener, encoding: str) -> io.TextIOWrapper:
    file = opened()
    if file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)


def whole_lines(opened: Opener, encoding: str, size: int) -> Iterator[bytes]:
    """A text a block at a time, in UTF-8, each of whole lines without the last line end.

    One that a line end closes leaves an empty line at the very end.
    """
    rest: list[bytes] = []
    for more in _in_utf8(opened, encoding, size):
        lines, ended, begun = more.rpartition(b"\n")
        if ended:
            yield b"".join((*rest, lines))
            rest = []
        rest.append(begun)
    yield b"".join(rest)


def _in_utf8(opened: Opener, encoding: str, size: int) -> Iterator[bytes]:
    """A text piece by piece in UTF-8, with one kind of line end. What is written so is not decoded for it."""
    if encoding != "utf-8":
        with _as_text(opened, encoding) as text:
            while characters := text.read(size):
                yield characters.replace("\x00", "").encode()
        return
    with opened() as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        while more := file.read(size):
            # The line feed that belongs to it may be the next one.
            while more.endswith(b"\r") and (one := file.read(1)):
                more += one
            if b"\r" in more:
                more = more.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            yield more.replace(b"\x00", b"")
