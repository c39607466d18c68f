"""History by FastAPI and SQLAlchemy, as its documentation builds it: a token, the person, the membership, the page.

DATABASE_URL (SQLAlchemy's) chooses the database, SECRET signs the tokens, ROWS messages are put in at the start.
`/history` is async, `/history-sync` runs in FastAPI's thread pool; SQLite has the second alone.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, ForeignKey, Select, UniqueConstraint, create_engine, insert, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

URL, SECRET = os.environ["DATABASE_URL"], os.environ["SECRET"]
TEXT = "the quick brown fox jumps over the lazy dog, and writes home about it in a hundred characters or so"
# As many connections as FastAPI has threads: with the defaults, requests wait for connections.
POOL = {"pool_size": 40}
engine = create_engine(URL, **POOL)
sessions = sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    type_annotation_map = {list[int]: JSON}


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    is_active: Mapped[bool]


class Membership(Base):
    __tablename__ = "memberships"
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)


class Message(Base):
    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("chat_id", "seq"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int]
    seq: Mapped[int]
    version: Mapped[int]
    sender_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    content: Mapped[str]
    client_id: Mapped[str | None]
    reply_to: Mapped[int | None]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    mentions: Mapped[list[int]]


class MessageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    chat_id: int
    seq: int
    version: int
    sender_id: int
    username: str
    content: str
    client_id: str | None
    reply_to: int | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    mentions: list[int]


class Page(BaseModel):
    messages: list[MessageOut]
    has_more: bool


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    Base.metadata.create_all(engine)
    now = datetime.now(UTC).replace(tzinfo=None)
    empty: dict[str, object] = {
        "client_id": None,
        "reply_to": None,
        "edited_at": None,
        "deleted_at": None,
        "mentions": [],
    }
    with sessions.begin() as session:
        session.add(User(id=1, username="ann", is_active=True))
        session.flush()
        session.add(Membership(chat_id=1, user_id=1))
        rows = [
            {
                "chat_id": 1,
                "seq": n,
                "version": n,
                "sender_id": 1,
                "content": TEXT,
                "created_at": now,
                **empty,
            }
            for n in range(1, int(os.environ["ROWS"]) + 1)
        ]
        session.execute(insert(Message), rows)
    yield


app = FastAPI(lifespan=lifespan)


def user_id(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> int:
    try:
        return int(jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error


def page_of(chat_id: int, before_seq: int | None, limit: int) -> Select[tuple[object, ...]]:
    columns = list(Message.__table__.columns)
    found = select(*columns, User.username).join(User).where(Message.chat_id == chat_id)
    if before_seq is not None:
        found = found.where(Message.seq < before_seq)
    return found.order_by(Message.seq.desc()).limit(limit)


def page_from(rows: list[object]) -> Page:
    messages = [MessageOut.model_validate(row) for row in reversed(rows)]
    return Page(messages=messages, has_more=bool(messages) and messages[0].seq > 1)


def database() -> Iterator[Session]:
    with sessions() as session:
        yield session


@app.get("/history-sync")
def history_sync(
    user: Annotated[int, Depends(user_id)],
    session: Annotated[Session, Depends(database)],
    chat_id: int,
    before_seq: int | None = None,
    limit: int = 50,
) -> Page:
    person = session.get(User, user)
    if person is None or not person.is_active:
        raise HTTPException(401)
    if session.get(Membership, (chat_id, user)) is None:
        raise HTTPException(403)
    return page_from(list(session.execute(page_of(chat_id, before_seq, limit))))


if not URL.startswith("sqlite"):
    async_sessions = async_sessionmaker(create_async_engine(URL, **POOL), expire_on_commit=False)

    async def async_database() -> AsyncIterator[AsyncSession]:
        async with async_sessions() as session:
            yield session

    @app.get("/history")
    async def history(
        user: Annotated[int, Depends(user_id)],
        session: Annotated[AsyncSession, Depends(async_database)],
        chat_id: int,
        before_seq: int | None = None,
        limit: int = 50,
    ) -> Page:
        person = await session.get(User, user)
        if person is None or not person.is_active:
            raise HTTPException(401)
        if await session.get(Membership, (chat_id, user)) is None:
            raise HTTPException(403)
        return page_from(list(await session.execute(page_of(chat_id, before_seq, limit))))
