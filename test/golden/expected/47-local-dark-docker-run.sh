#!/bin/sh
# Made by zprom; its own while the rest has the checksum 87a90c00346742d1.
# The local Prometheus, on the overlay alone: http://local.prometheus.svc/targets for who may dial it.
# Run it anew after a change of prometheus.yml: what is mounted stays the file that it was.
set -eu
cd "$(dirname "$0")"
mkdir -p data
exec docker run --rm \
  --name zprom-local --platform linux/amd64 \
  --user "${ZPROM_USER:-$(id -u):$(id -g)}" \
  --env ZITI_LISTENER_SERVICE_NAME=local.prometheus.svc \
  --env ZITI_LISTENER_IDENTITY_NAME=local.prometheus.id \
  --env ZITI_LISTENER_IDENTITY_FILE=/etc/prometheus/ziti.server.json \
  --mount "type=bind,\"source=$PWD/prometheus.yml\",target=/etc/prometheus/prometheus.yml,readonly" \
  --mount "type=bind,\"source=$PWD/local.prometheus.id.json\",target=/etc/prometheus/ziti.id.json,readonly" \
  --mount "type=bind,\"source=$PWD/local.prometheus.id.json\",target=/etc/prometheus/ziti.server.json,readonly" \
  --mount "type=bind,\"source=$PWD/data\",target=/prometheus" \
  openziti/prometheuz:latest
