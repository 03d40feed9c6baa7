# One image for every service of docker-compose.yaml: Airflow's components, the API, housekeeping, the simulator.
FROM python:3.12-slim-bookworm AS packages
WORKDIR /opt/exchange-sync
# Only what decides which packages there are, so that a change of the code does not install them again.
COPY pyproject.toml README.md LICENSE requirements.txt ./
COPY stack ./stack
COPY include/exchange_sync/__init__.py ./include/exchange_sync/
COPY include/exchange_simulator/__init__.py ./include/exchange_simulator/
# The lock with its hashes, and the project itself; the same module that `make demo` uses.
RUN python -m stack.install

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Exchange Sync" \
      org.opencontainers.image.description="Turns Exchange mailboxes into clean comments, on Apache Airflow" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/exchange-sync/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    EXCHANGE_SYNC_HOME=/var/lib/exchange-sync
WORKDIR /opt/exchange-sync
# Named volumes take the owner of the directory that they are mounted on, so these exist and belong to the user.
RUN groupadd --gid 10001 exchange-sync \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /opt/airflow --shell /usr/sbin/nologin exchange-sync \
    && install -d -m 0700 -o exchange-sync -g exchange-sync \
        /opt/airflow /var/lib/exchange-sync /var/log/airflow /var/lib/exchange-demo/simulator
COPY --from=packages /opt/exchange-sync/.venv ./.venv
COPY pyproject.toml README.md LICENSE ./
COPY stack ./stack
COPY include ./include
COPY dags ./dags
COPY plugins ./plugins
# The user may not write here, so what is compiled now is not compiled anew at every start.
RUN python -m compileall -q include stack dags plugins
USER exchange-sync
RUN python -m stack.container home
