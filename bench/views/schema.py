"""Writes a large .proto, of 100 messages of a few fields each, as APIs have them; the same each time.

usage: schema.py FILE.proto NAMES.rs
  NAMES.rs  for the program in Rust: `messages! { Message0 Message1 ... }`
"""

import random
import sys

_MESSAGES = 100
_SCALARS = ["int32"] * 4 + ["int64"] * 3 + ["bool"] * 4 + ["double", "uint32", "bytes", "fixed64"]


def _type(number, chance):
    """Of a field of message `number`: what comes before its name."""
    kind = chance.random()
    if kind < 0.35:
        return "string"
    if kind < 0.60:
        return chance.choice(_SCALARS)
    if kind < 0.66:
        return "Kind"
    if kind < 0.72:
        return "optional " + chance.choice(["string", "int32", "bool"])
    if kind < 0.80:
        return "repeated string"
    if kind < 0.83:
        return "repeated int32"
    if kind < 0.86 or number == 0:
        return "map<string, string>"
    other = f"Message{chance.randrange(number)}"
    return chance.choice(["", "", "repeated "]) + other


def _message(number, chance):
    yield f"message Message{number} {{"
    fields = chance.randint(3, 12)
    for field in range(1, fields + 1):
        yield f"  {_type(number, chance)} field_{field} = {field};"
    if chance.random() < 0.2:
        yield "  oneof choice {"
        yield f"    string text = {fields + 1};"
        yield f"    int64 count = {fields + 2};"
        yield "  }"
    yield "}"


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    chance = random.Random(1)
    lines = ['syntax = "proto3";', "package large;", "enum Kind {", "  KIND_UNSPECIFIED = 0;", "  KIND_FIRST = 1;",
             "  KIND_SECOND = 2;", "}"]
    for number in range(_MESSAGES):
        lines += _message(number, chance)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("messages! { " + " ".join(f"Message{number}" for number in range(_MESSAGES)) + " }\n")
    print(_MESSAGES, sum("field_" in line or line.startswith("    ") for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
