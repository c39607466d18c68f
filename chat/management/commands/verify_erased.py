"""`manage.py verify_erased --message 345`: whether a deletion has left nothing behind (chat.erased)."""

import sys
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat import erased
from chat.models import Message


class Command(BaseCommand):
    help = (
        "Look in every table for what is left of a deleted message. Exits with 1 if there is anything, or if the "
        "message isn't deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--message", type=int, required=True, metavar="ID", help="The message's id.")
        parser.add_argument(
            "--text",
            action="append",
            default=[],
            help="What it said: looked for in every column of text, also of other messages. `-`: read it from the "
            "standard input, so that no list of processes shows it. May come several times.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        message = Message.objects.select_related("chat").filter(pk=options["message"]).first()
        if message is None:
            raise CommandError(f"There is no message {options['message']}.")
        said = [sys.stdin.read() if one == "-" else one for one in options["text"]]
        found = erased.report(message, said)
        when = f"deleted at {found.deleted_at:%Y-%m-%d %H:%M:%S %Z}" if found.deleted_at else "not deleted"
        self.stdout.write(f"Message {message.pk}, number {message.seq} of {message.chat.key}: {when}.")
        self._list("Must be empty in its own row", found.place)
        self._list("Can name a message", found.references)
        if said:
            self._list("Can hold text", found.texts)
        else:
            self.stdout.write("Columns of text were not searched: give what it said with --text.")
        for sentence in found.found:
            self.stdout.write(self.style.ERROR(sentence))
        if found.found:
            raise CommandError("Something is left of it.")
        self.stdout.write(self.style.SUCCESS("Nothing is left of it."))

    def _list(self, title: str, columns: list[str]) -> None:
        """The columns that were looked at, a line for each table."""
        tables: dict[str, list[str]] = defaultdict(list)
        for column in columns:
            table, _, name = column.rpartition(".")
            tables[table].append(name)
        self.stdout.write(f"{title}:")
        for table, names in tables.items():
            self.stdout.write(f"  {table}: {', '.join(names)}")
