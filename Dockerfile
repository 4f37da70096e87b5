# Hallway in a container: docker build -t hallway . && docker run -p 8080:8080 -v hallway:/data hallway serve --tag pyfest26

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.11-slim-trixie AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/hallway
WORKDIR /src
# the libraries first: this layer stays as long as the lock file does
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --extra postgres --no-install-project
COPY app app
COPY static static
RUN uv sync --locked --no-dev --extra postgres --no-editable

FROM python:3.11-slim-trixie
RUN useradd --system --uid 10001 --no-create-home hallway \
    && install --directory --owner hallway --group hallway /data
COPY --from=build /opt/hallway /opt/hallway
ENV PATH=/opt/hallway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HALLWAY_HOST=0.0.0.0 \
    HALLWAY_DATABASE=/data/hallway.sqlite3 \
    HALLWAY_MEDIA_FOLDER=/data/media \
    HALLWAY_LOG_FORMAT=json
USER hallway
# walls.toml is looked for here
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s CMD ["hallway", "healthcheck"]
ENTRYPOINT ["hallway"]
CMD ["serve"]
