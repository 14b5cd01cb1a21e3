#!/usr/bin/env bash
# Sets up an overlay for two clusters and a developer, in the current folder, with nobody there to answer. Running it again
# goes on where it stopped, and writes nothing when nothing is to do.
set -euo pipefail

# Where the controller is, and who zprom is there: from the environment, so no login is kept on this machine.
: "${ZPROM_CONTROLLER:?the URL of the controller}"
: "${ZPROM_USERNAME:?an administrator}"
: "${ZPROM_PASSWORD_FILE:?a file with the password}"

# A controller that can't be reached yet ends a command with 5, as one does that is not trusted; everything else is for a person
# to look at.
patiently() {
  local code try
  for try in 1 2 3 4 5; do
    code=0
    "$@" || code=$?
    [ "$code" -eq 5 ] || return "$code"
    echo "the controller cannot be used yet (try $try of 5)" >&2
    sleep "${SET_UP_PAUSE:-10}"
  done
  return "$code"
}

patiently zprom init cluster kubeA --prometheus tunneled --yes
patiently zprom init cluster kubeB --prometheus dark --yes
patiently zprom add-target kubeB.reflect --to kubeA --yes
patiently zprom dev-identity dev.client --enroll --yes

# 10: there is still something to do, so somebody else changes this network.
code=0
zprom plan --exit-code || code=$?
case "$code" in
  0) ;;
  10)
    echo 'the network is not as zprom.yaml says' >&2
    exit 1
    ;;
  *) exit "$code" ;;
esac

zprom verify --junit verify.xml
