# One image for all processes of docker-compose.yml.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/berth:/berth/platform \
    STATIC_STORAGE=whitenoise.storage.CompressedManifestStaticFilesStorage \
    STATIC_ROOT=/berth/var/static

RUN useradd --create-home --uid 10001 berth
WORKDIR /berth

COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt

COPY . .
RUN python -m berth.translations compile \
    && SECRET_KEY=for-collectstatic-only python manage.py collectstatic --no-input \
    && mkdir -p var/media /lots && chown -R berth var/media /lots

USER berth
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "berth.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--access-logfile", "-"]
