# The production image: no embedded servers, no compiler, no root.

FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/yanjin
COPY requirements/production.txt /tmp/production.txt
RUN /opt/yanjin/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/production.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/yanjin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    YANJIN_MODE=production \
    YANJIN_VAR=/var/lib/yanjin
RUN useradd --system --uid 10001 --home-dir /var/lib/yanjin --create-home --shell /usr/sbin/nologin yanjin \
    && install -d -o yanjin -g yanjin -m 0700 /var/lib/yanjin/files /var/lib/yanjin/beat
COPY --from=packages /opt/yanjin /opt/yanjin
COPY . /srv/yanjin
WORKDIR /srv/yanjin
# Static files belong to the image, not to a volume: an upgrade brings its own. The settings want addresses and keys even
# where nothing is opened; these exist for this one command only.
RUN DATABASE_URL=postgresql://localhost/none REDIS_URL=redis://localhost \
    SECRET_KEY="$(head -c 64 /dev/urandom | base64 -w0)" \
    BLIND_INDEX_KEY="$(head -c 32 /dev/urandom | base64 -w0)" \
    FIELD_KEYS="build:$(head -c 32 /dev/urandom | base64 -w0)" \
    python manage.py collectstatic --no-input \
    && python -m compileall -q /srv/yanjin
USER yanjin
EXPOSE 8000
CMD ["gunicorn", "yanjin.wsgi:application", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=2", "--threads=8", \
     "--timeout=60", "--max-requests=5000", "--max-requests-jitter=500", "--worker-tmp-dir=/dev/shm", "--no-control-socket", \
     "--error-logfile=-"]
