#!/usr/bin/env bash
# Starts the simulator and the gateway with config/, creates one conference through the gateway, shows the reply and its
# audit record, then serves until Ctrl-C.
#
# With UPSTREAM=https://api.telnyx.com/v2 and TELNYX_API_KEY the same talks to Telnyx, and no simulator is started.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p run
config=config/gateway.yaml
children=()
stop() {
  trap - INT TERM EXIT
  for child in "${children[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
  wait "${children[@]}" 2>/dev/null || true
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

if [ -n "${UPSTREAM:-}" ]; then
  : "${TELNYX_API_KEY:?set TELNYX_API_KEY to talk to $UPSTREAM}"
  # A copy beside config/: relative paths in it mean the same.
  config=run/gateway.yaml
  rm -rf run/teams
  cp -r config/teams run/teams
  sed -E "s|^([[:space:]]*url:).*|\1 $UPSTREAM|" config/gateway.yaml >"$config"
else
  export TELNYX_API_KEY="${TELNYX_API_KEY:-KEY-obviously-fake}"
  .build/release/telnyx-simulator --listen 127.0.0.1:12111 --token "$TELNYX_API_KEY" >run/simulator.log &
  children+=($!)
fi

: >run/audit.jsonl
.build/release/convene serve --config "$config" >run/audit.jsonl 2> >(tee run/gateway.log >&2) &
gateway=$!
children+=("$gateway")
until grep -q '"message":"ready"' run/gateway.log 2>/dev/null; do
  kill -0 "$gateway" 2>/dev/null || exit 1
  sleep 0.1
done

id="demo-$(date +%s)"
echo
echo "== one conference, asked for at the gateway with the demo team's key"
curl --silent --show-error --include http://127.0.0.1:8080/v2/conferences \
  -H 'Authorization: Bearer convene-demo-key-not-a-secret' -H 'Content-Type: application/json' -H "X-Request-Id: $id" \
  -d '{"call_control_id":"v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg","name":"Business",
       "beep_enabled":"always","client_state":"aGF2ZSBhIG5pY2UgZGF5ID1d","command_id":"'"$id"'","duration_minutes":5,
       "hold_audio_url":"http://www.example.com/audio.wav","start_conference_on_create":false,"max_participants":250}'
echo
echo
echo "== its audit record"
until grep "\"$id\"" run/audit.jsonl; do sleep 0.1; done
echo
echo "== serving; Ctrl-C ends it"
wait "$gateway"
