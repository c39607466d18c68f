# One container on SQLite:  docker build -t chat . && docker run -p 8000:8000 -v chat:/data chat
# Many, with PostgreSQL, Redis and TLS: docker-compose.yml.

FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements-s3.txt .
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
       --require-hashes -r requirements-s3.txt
COPY . .
# The key signs nothing: collecting static files only wants one to be there.
RUN SECRET_KEY=only-while-the-image-is-built-00000000000000 DATA_DIR=/tmp/build \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q lib files accounts chat rooms chatproject

FROM python:3.11-slim
LABEL org.opencontainers.image.title="chat" \
      org.opencontainers.image.description="A chat server that starts with one command" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 chat \
    && useradd --uid 10001 --gid chat --no-create-home --home-dir /data --shell /usr/sbin/nologin chat \
    && install -d -o chat -g chat -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=2)"]
# Of several containers, one migrates before the others start (docker-compose.yml): those run `serve` alone.
CMD ["sh", "-c", "python manage.py migrate --noinput --verbosity 0 && exec python manage.py serve"]
