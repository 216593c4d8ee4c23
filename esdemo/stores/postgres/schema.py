"""Whether the tables, triggers and functions of a schema are as we make them."""

from importlib.resources import files

import msgspec

from esdemo.stores.postgres import queries
from esdemo.stores.postgres.connection import Connection

Description = dict[str, str]


def described(connection: Connection) -> Description:
    """Each object of the schema as the server describes it, the schema's own name left out."""
    rows = connection.rows(queries.DESCRIBED, {"schema": connection.schema})
    quoted = connection.rows("SELECT quote_ident(%s), quote_literal(%s)", [connection.schema] * 2)
    ((name, text),) = quoted
    return {
        what: how.replace(f"{name}.", "").replace(f"TO {text}", "TO 'esdemo'") for what, how in rows
    }


def expected() -> Description:
    """The same of a schema that was just made (`tests/test_postgres.py` compares the two)."""
    text = files("esdemo.stores.postgres").joinpath("schema.json").read_bytes()
    return msgspec.json.decode(text, type=Description)


def faults(connection: Connection) -> list[str]:
    """What is not as we make it: odd objects, and numbers with a hole."""
    found, made = described(connection), expected()
    odd = sorted(name for name in found.keys() | made.keys() if found.get(name) != made.get(name))
    faults = [f"{name} is not as esdemo makes it" for name in odd]
    for rows, place in () if faults else (("events", "position"), ("decisions", "number")):
        ((count, *ends),) = connection.rows(
            f"SELECT count(*), min({place}), max({place}) FROM {rows}"
        )
        if count and ends != [1, count]:
            faults.append(f"{count} {rows} do not stand at {place} 1 to {count}: {ends}")
    return faults
