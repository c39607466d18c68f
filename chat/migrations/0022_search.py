from django.db import migrations

# A big pending list would make one message in thousands wait until all of it is merged into the index.
POSTGRES = """
    CREATE TABLE chat_search (message_id bigint PRIMARY KEY, tokens tsvector NOT NULL);
    CREATE INDEX chat_search_tokens ON chat_search USING gin (tokens) WITH (gin_pending_list_limit = 512);
    CREATE FUNCTION chat_search_forget() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM chat_search USING gone WHERE chat_search.message_id = gone.id;
            RETURN NULL;
        END $$;
    CREATE TRIGGER chat_search_forget AFTER DELETE ON chat_message
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION chat_search_forget()
"""
POSTGRES_BACK = """
    DROP TRIGGER chat_search_forget ON chat_message;
    DROP FUNCTION chat_search_forget();
    DROP TABLE chat_search
"""
# `ascii` cuts at spaces only, as tokens have no other ASCII sign than letters and digits. Without `prefix`, what begins
# many words took a tenth of a second among 100,000 messages.
SQLITE = [
    "CREATE VIRTUAL TABLE chat_search USING fts5(tokens, tokenize = 'ascii', columnsize = 0, prefix = '2 3')",
    """CREATE TRIGGER chat_search_forget AFTER DELETE ON chat_message BEGIN
        DELETE FROM chat_search WHERE rowid = OLD.id;
    END""",
]
SQLITE_BACK = ["DROP TRIGGER chat_search_forget", "DROP TABLE chat_search"]


def make(apps, schema_editor):
    for statement in [POSTGRES] if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for statement in [POSTGRES_BACK] if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("chat", "0021_whose_avatars")]
    operations = [migrations.RunPython(make, drop)]
