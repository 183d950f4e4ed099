"""Puts what was measured into documents."""

import re


class NoSuchPlace(Exception):
    """The document has no lines to put it between."""


def put(path, name, text):
    """Between the lines `<!-- NAME -->` and `<!-- end of NAME -->` of a document."""
    with open(path, encoding="utf-8") as file:
        document = file.read()
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    parts = re.split(f"({begin}\n).*?({end})", document, flags=re.S)
    if len(parts) != 4:
        raise NoSuchPlace(f"{path} has no lines {begin} and {end}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{parts[0]}{parts[1]}\n{text}\n{parts[2]}{parts[3]}")
