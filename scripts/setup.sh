# shellcheck shell=bash
# What scripts/test, scripts/demo and scripts/bench begin with: a node that is new enough, the packages, the build.
# Sourced from the folder of the checkout.

heading() {
  printf '\n== %s\n' "$*"
}

require_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo 'Node 20.17 or later and npm are needed, and are not on the PATH.' >&2
    return 1
  fi
  node - <<'END'
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 17)) {
  console.error(`Node 20.17 or later is needed; this is ${process.version}.`)
  process.exit(1)
}
END
}

# npm ci takes everything away first, so it runs only when node_modules is not what package-lock.json says.
install_packages() {
  local stamp=node_modules/.zprom-lock-sum sum
  sum=$(cksum <package-lock.json)
  if [[ -f $stamp && $(<"$stamp") == "$sum" ]]; then
    echo 'node_modules is as package-lock.json says'
    return
  fi
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || return
  printf '%s\n' "$sum" >"$stamp"
}

build_zprom() {
  npm run --silent build
}
