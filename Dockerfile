# One container: door, pages and worker. Data and keys are in /data.

FROM node:24-bookworm-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.13-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TIDEOVER_HOME=/data
WORKDIR /srv/tideover
COPY requirements/ requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/postgres.txt -r requirements/build.txt
COPY pyproject.toml README.md LICENSE manage.py ./
COPY tideover/ tideover/
COPY --from=frontend /build/tideover/static/dist/ tideover/static/dist/
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && useradd --system --uid 10001 --home-dir /data --create-home tideover
USER tideover
VOLUME /data
EXPOSE 8000
CMD ["tideover", "serve", "--host", "0.0.0.0", "--port", "8000"]
