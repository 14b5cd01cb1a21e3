#!/bin/sh
# Made by zprom; its own while the rest has the checksum b345e404a2eb9277.
# The local Prometheus: http://127.0.0.1:9090/targets on this machine.
# Run it anew after a change of prometheus.yml: what is mounted stays the file that it was.
set -eu
cd "$(dirname "$0")"
mkdir -p data
exec docker run --rm \
  --name zprom-local \
  --user "${ZPROM_USER:-$(id -u):$(id -g)}" \
  --network host \
  --mount "type=bind,\"source=$PWD/prometheus.yml\",target=/etc/prometheus/prometheus.yml,readonly" \
  --mount "type=bind,\"source=$PWD/data\",target=/prometheus" \
  prom/prometheus:latest --config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/prometheus --web.listen-address=127.0.0.1:9090
