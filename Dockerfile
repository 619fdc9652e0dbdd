# One image for pages, live connections and jobs; docker-compose.yml says which part a container runs.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 KYOSO_VAR=/srv/kyoso/var
WORKDIR /srv/kyoso
RUN groupadd --system --gid 10001 kyoso \
    && useradd --system --uid 10001 --gid kyoso --home-dir /srv/kyoso --shell /usr/sbin/nologin kyoso

COPY requirements.txt ./
RUN pip install --disable-pip-version-check --require-hashes -r requirements.txt

COPY . .
# Static files belong to the image. The values below only satisfy the check of settings during the build.
RUN SECRET_KEY=only-while-building-only-while-building-only-while-building \
    DATABASE_URL=postgresql://build@localhost/build SITE_URL=https://build.invalid \
    EMAIL_URL=smtp://build.invalid python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p var/media var/backups && chown -R kyoso:kyoso var/media var/backups

USER kyoso
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "manage.py"]
CMD ["serve", "--web", "--host", "0.0.0.0"]
