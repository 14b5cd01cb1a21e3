#!/bin/sh
# Made by zprom; its own while the rest has the checksum 92351c943aef2bdf.
# The local Prometheus: http://127.0.0.1:9090/targets on this machine.
# Run it anew after a change of prometheus.yml: what is mounted stays the file that it was.
set -eu
cd "$(dirname "$0")"
mkdir -p data
exec docker run --rm \
  --name zprom-local --platform linux/amd64 \
  --user "${ZPROM_USER:-$(id -u):$(id -g)}" \
  --publish 127.0.0.1:9090:9090 \
  --mount "type=bind,\"source=$PWD/prometheus.yml\",target=/etc/prometheus/prometheus.yml,readonly" \
  --mount "type=bind,\"source=$PWD/local.prometheus.id.json\",target=/etc/prometheus/ziti.id.json,readonly" \
  --mount "type=bind,\"source=$PWD/data\",target=/prometheus" \
  openziti/prometheuz:latest
