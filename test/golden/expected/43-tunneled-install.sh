#!/bin/sh
# Made by zprom; its own while the rest has the checksum 27589abda9cac724.
# Installs kubeA, or brings what is installed up to date; safe to run again.
for word in "$@"; do
  case "$word" in
    -h | --help) sed -n '3,/^[^#]/s/^# //p' "$0"; exit 0 ;;
    *) echo "unknown argument: $word (see --help)" >&2; exit 2 ;;
  esac
done
set -eu
cd "$(dirname "$0")"
context=${KUBE_CONTEXT:-}
[ -n "$context" ] || { echo "set KUBE_CONTEXT to the kube context of the cluster" >&2; exit 2; }
[ -s kubeA.reflect.id.json ] || { echo 'kubeA.reflect.id.json is missing: run zprom apply' >&2; exit 1; }
[ -s kubeA.prometheus.id.json ] || { echo 'kubeA.prometheus.id.json is missing: run zprom apply' >&2; exit 1; }
[ -s kubeA.ziti.id.jwt ] || { echo 'kubeA.ziti.id.jwt is missing: run zprom apply; where it is spent, for this is installed already, run upgrade.sh' >&2; exit 1; }
# Whose a release is that is there already, by its values: a mark, or the name of its service.
refuse_foreign() {
  whose=$(helm get all "$1" \
  --kube-context "$context" --namespace default \
  --template '{{with .Release.Config}}{{with .zprom}}{{with .cluster}}={{.}}{{end}}{{with .stack}} of the stack {{.}}{{end}}{{"\n"}}{{end}}{{with .serverFiles}}{{with index . "zprom.yml"}}{{with .cluster}}={{.}}{{end}}{{with .stack}} of the stack {{.}}{{end}}{{"\n"}}{{end}}{{end}}{{with .serviceName}}{{.}}{{end}}{{with .server}}{{with .ziti}}{{with .service}}{{.}}{{end}}{{end}}{{end}}{{end}}' 2>/dev/null | sed -n '/./{p;q;}')
  case "$whose" in
    '' | '=kubeA of the stack article' | =kubeA | kubeA.reflect.svc | kubeA.prometheus.svc) return 0 ;;
    =*) whose=${whose#=} ;;
    *.reflect.svc | *.prometheus.svc) whose=${whose%.*.svc} ;;
    *) return 0 ;;
  esac
  echo 'namespace default of '"context $context: the release $1 there belongs to $whose, "'not to kubeA of the stack article; it was not touched: name the context of kubeA, or uninstall what is there first' >&2
  exit 1
}
refuse_foreign ziti-host
refuse_foreign reflectz
refuse_foreign prometheuz

helm upgrade --install ziti-host ziti-host \
  --kube-context "$context" \
  --repo https://openziti.io/helm-charts/ --version 1.4.0 \
  --namespace default \
  --values ziti-host.values.yaml \
  --no-hooks \
  --set-file zitiEnrollToken=kubeA.ziti.id.jwt \
  --create-namespace
helm upgrade --install reflectz reflect \
  --kube-context "$context" \
  --repo https://openziti.io/helm-charts/ --version 0.3.9 \
  --namespace default \
  --values reflect.values.yaml \
  --set-file reflectIdentity=kubeA.reflect.id.json \
  --create-namespace
helm upgrade --install prometheuz prometheus \
  --kube-context "$context" \
  --repo https://openziti.io/helm-charts/ --version 0.0.11 \
  --namespace default \
  --values prometheus.values.yaml \
  --set-file server.scrape.id.contents=kubeA.prometheus.id.json \
  --create-namespace
