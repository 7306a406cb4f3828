# The portal's image: web, worker and scheduler are the same image with different commands (docker-compose.yml).
# Build arguments let a municipality use its own mirrors of the base images.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS npm
WORKDIR /assets
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /app/.venv
WORKDIR /app
COPY requirements.txt ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=npm /assets/node_modules ./node_modules
RUN .venv/bin/python scripts/assets.py --no-install \
    && DATA_DIR=/tmp/data .venv/bin/python manage.py collectstatic --noinput --settings glostrup_isms.settings.dev --verbosity 0 \
    && rm -rf node_modules

FROM ${PYTHON_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 portal \
    && useradd --system --uid 10001 --gid 10001 --home-dir /app --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal -m 700 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=glostrup_isms.settings.production \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py"]
