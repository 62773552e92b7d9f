#!/bin/sh
# Starts the station in the container. It seeds the flow file by itself (REELFLOW_SCENARIO); this only makes sure that
# the data folder can be written, the usual mistake with mounted folders, and says so in one line.
set -eu
cd /app
if ! mkdir -p "$REELFLOW_DATA" 2>/dev/null || [ ! -w "$REELFLOW_DATA" ]; then
  echo "Reelflow cannot start: $REELFLOW_DATA is not writable for uid $(id -u); on the host: chown -R $(id -u) <the mounted folder>" >&2
  exit 1
fi
if [ "${REELFLOW_ROLE:-}" = worker ]; then
  exec node --enable-source-maps --max-semi-space-size=4 dist/nodes/adapters/worker/start-worker.js "$@"
fi
exec node --enable-source-maps --max-semi-space-size=4 node_modules/node-red/red.js -s dist/settings.js "$@"
