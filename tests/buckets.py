"""A storage that speaks S3 on this machine (moto's server), and a proxy before it that does what networks do."""

import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from benchmarks.processes import HERE, Process, answers, free_port

KEYS = {"access_key": "tests", "secret_key": "tests-only", "region_name": "us-east-1"}
BLOCK = 4096


class Proxy:
    """Passes on what it gets, unless `way` says something else: `hang`, `slow`, or the number of a status to answer
    with. Each change of it closes all connections."""

    def __init__(self, port: int) -> None:
        self.way: str | int = "pass"
        self.cut_after = 0  # bytes of the next answer
        self.asked: list[str] = []  # the heads of requests
        self.sent = 0  # bytes of answers
        self._port = port
        self._open: set[socket.socket] = set()
        self._ended = threading.Event()
        self._server = socket.create_server((HERE, 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self._server.getsockname()[1]}"

    def become(self, way: str | int) -> None:
        self.way = way
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._ended.set()
        self.become("pass")
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._treat, args=[self._server.accept()[0]], daemon=True).start()

    def _treat(self, client: socket.socket) -> None:
        self._open.add(client)
        with client, suppress(OSError):
            if isinstance(self.way, int):
                self.asked.append(client.recv(BLOCK).decode(errors="replace"))
                client.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.way)
            elif self.way == "hang":
                while client.recv(BLOCK):
                    pass
            else:
                with socket.create_connection((HERE, self._port)) as storage:
                    self._open.add(storage)
                    threading.Thread(target=self._back, args=[storage, client], daemon=True).start()
                    while block := client.recv(BLOCK):
                        if b"HTTP/1.1\r\n" in block:
                            self.asked.append(block.partition(b"\r\n\r\n")[0].decode(errors="replace"))
                        if self.way == "slow":
                            self._ended.wait(0.2)
                        storage.sendall(block)
                    self._open.discard(storage)
        self._open.discard(client)

    def _back(self, storage: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while block := storage.recv(BLOCK):
                if self.cut_after and self.sent + len(block) > self.cut_after:
                    self.cut_after = 0
                    break
                client.sendall(block)
                self.sent += len(block)
            client.shutdown(socket.SHUT_RDWR)


class Storage:
    """moto's server with a bucket and a proxy before it, to be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.port, self._log = free_port(), folder / "moto.log"
        self._process: Process | None = None
        self.start()
        self.proxy = Proxy(self.port)
        self.name = f"files-{uuid4().hex[:12]}"
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=f"http://{HERE}:{self.port}",
            aws_access_key_id=KEYS["access_key"],
            aws_secret_access_key=KEYS["secret_key"],
            region_name=KEYS["region_name"],
        )
        self.client.create_bucket(Bucket=self.name)

    @property
    def url(self) -> str:
        return f"s3://{self.name}/chat/files"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server that keeps its uploads here."""
        return {
            "UPLOADS_URL": self.url,
            "UPLOADS_S3_ENDPOINT": self.proxy.url,
            "AWS_ACCESS_KEY_ID": KEYS["access_key"],
            "AWS_SECRET_ACCESS_KEY": KEYS["secret_key"],
            "AWS_DEFAULT_REGION": KEYS["region_name"],
        }

    def start(self) -> None:
        command: list[str | Path] = [sys.executable, "-m", "moto.server", "-H", HERE, "-p", str(self.port)]
        self._process = Process("moto", command, self._log, os.sched_getaffinity(0), {})
        self._process.wait_for(answers(self.port))

    def stop(self) -> None:
        assert self._process is not None
        self._process.stop()

    def close(self) -> None:
        self.proxy.close()
        self.stop()

    def objects(self) -> dict[str, bytes]:
        """Everything in the bucket."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        keys = [each["Key"] for each in found]
        return {key: self.client.get_object(Bucket=self.name, Key=key)["Body"].read() for key in keys}

    def empty(self) -> None:
        for key in self.objects():
            self.client.delete_object(Bucket=self.name, Key=key)
