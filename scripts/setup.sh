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

# Debian packages, where there are such, by a user who may. Says what it did; fails when they are not there afterwards.
install_debian() {
  if (($# == 0)); then
    echo 'all there'
    return
  fi
  local as_root=()
  ((EUID == 0)) || as_root=(sudo -n)
  if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    echo "not installed, and not by this user: $*"
    return 1
  fi
  echo "installing $*"
  # In runlevel 1 a package does not start its service; where systemd runs that does not hold, so what started is ended.
  local said install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get install -y -qq --no-install-recommends)
  said=$("${install[@]}" "$@" 2>&1) ||
    said=$("${as_root[@]}" apt-get update -qq 2>&1 && "${install[@]}" "$@" 2>&1) || {
    tail -n 3 <<<"$said"
    echo "not installed: $*"
    return 1
  }
  [[ -d /run/systemd/system ]] || return 0
  local package
  for package in "$@"; do
    case $package in
      etcd-server) "${as_root[@]}" systemctl disable --quiet --now etcd ;;
      prometheus) "${as_root[@]}" systemctl disable --quiet --now prometheus ;;
    esac
  done 2>/dev/null || true
}
