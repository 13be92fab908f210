"""``deploy/roles.sql`` run from Python: the two roles, the database and its grants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROLES_SQL = Path(__file__).resolve().parents[2] / "deploy" / "roles.sql"
PLACEHOLDER = re.compile(r""":(?:'(?P<value>\w+)'|"(?P<identifier>\w+)")""")
CONNECT_LINE = re.compile(r"^\\connect .*$", re.MULTILINE)


def _statements(part: str) -> Iterable[str]:
    """The statements of one part of the file: no body in it holds a semicolon, which a test checks."""
    plain = "\n".join(line for line in part.splitlines() if not line.lstrip().startswith("--"))
    return (statement.strip() for statement in plain.split(";") if statement.strip())


def _filled(statement: str, values: Mapping[str, str]) -> sql.Composed:
    parts: list[sql.Composable] = []
    end = 0
    for match in PLACEHOLDER.finditer(statement):
        parts.append(sql.SQL(statement[end : match.start()]))
        if value := match["value"]:
            parts.append(sql.Literal(values[value]))
        else:
            parts.append(sql.Identifier(values[match["identifier"]]))
        end = match.end()
    parts.append(sql.SQL(statement[end:]))
    return sql.Composed(parts)


def statements(part: int, values: Mapping[str, str]) -> list[sql.Composed]:
    """The statements of part 0 (server) or 1 (database) with their placeholders filled."""
    return [_filled(statement, values) for statement in _statements(CONNECT_LINE.split(ROLES_SQL.read_text())[part])]


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def create_roles(superuser_url: str, *, owner_password: str, app_password: str) -> None:
    """Create what is missing of the two roles; existing ones keep their passwords."""
    values = {"owner_password": owner_password, "app_password": app_password, "database": "yanjin"}
    with psycopg.connect(with_database(superuser_url, "postgres")) as connection:
        present = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        for statement in statements(0, values):
            text = statement.as_string(connection)
            created = re.match(r"CREATE ROLE (\w+)", text)
            if created and created[1] not in present:
                connection.execute(statement)


def prepare_database(superuser_url: str, name: str, *, replace: bool = False) -> None:
    """Create database ``name`` owned by yanjin_owner with the grants of ``deploy/roles.sql``; ``replace`` drops an older one first.

    An existing database is kept and its grants are repeated.
    """
    values = {"database": name, "owner_password": "", "app_password": ""}
    with psycopg.connect(with_database(superuser_url, "postgres"), autocommit=True) as connection:
        if replace:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            for statement in statements(0, values):
                if statement.as_string(connection).startswith("CREATE DATABASE"):
                    connection.execute(statement)
    with psycopg.connect(with_database(superuser_url, name)) as connection:
        for statement in statements(1, values):
            connection.execute(statement)
