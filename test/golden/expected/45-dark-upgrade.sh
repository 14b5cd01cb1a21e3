#!/bin/sh
# Made by zprom; its own while the rest has the checksum 1174f43393063190.
# Upgrades what is installed in kubeB, always with the full set of values: helm forgets those of before.
# --restart starts the pods anew, as a new identity needs: they read it only then.
restart=no
for word in "$@"; do
  case "$word" in
    --restart) restart=yes ;;
    -h | --help) sed -n '3,/^[^#]/s/^# //p' "$0"; exit 0 ;;
    *) echo "unknown argument: $word (see --help)" >&2; exit 2 ;;
  esac
done
set -eu
cd "$(dirname "$0")"
context=${KUBE_CONTEXT:-}
[ -n "$context" ] || { echo "set KUBE_CONTEXT to the kube context of the cluster" >&2; exit 2; }
[ -s kubeB.reflect.id.json ] || { echo 'kubeB.reflect.id.json is missing: run zprom apply' >&2; exit 1; }
[ -s kubeB.prometheus.id.json ] || { echo 'kubeB.prometheus.id.json is missing: run zprom apply' >&2; exit 1; }
# Whose a release is that is there already, by its values: a mark, or the name of its service.
refuse_foreign() {
  whose=$(helm get all "$1" \
  --kube-context "$context" --namespace default \
  --template '{{with .Release.Config}}{{with .zprom}}{{with .cluster}}={{.}}{{end}}{{with .stack}} of the stack {{.}}{{end}}{{"\n"}}{{end}}{{with .serverFiles}}{{with index . "zprom.yml"}}{{with .cluster}}={{.}}{{end}}{{with .stack}} of the stack {{.}}{{end}}{{"\n"}}{{end}}{{end}}{{with .serviceName}}{{.}}{{end}}{{with .server}}{{with .ziti}}{{with .service}}{{.}}{{end}}{{end}}{{end}}{{end}}' 2>/dev/null | sed -n '/./{p;q;}')
  case "$whose" in
    '' | '=kubeB of the stack article' | =kubeB | kubeB.reflect.svc | kubeB.prometheus.svc) return 0 ;;
    =*) whose=${whose#=} ;;
    *.reflect.svc | *.prometheus.svc) whose=${whose%.*.svc} ;;
    *) return 0 ;;
  esac
  echo 'namespace default of '"context $context: the release $1 there belongs to $whose, "'not to kubeB of the stack article; it was not touched: name the context of kubeB, or uninstall what is there first' >&2
  exit 1
}
refuse_foreign reflectz
refuse_foreign prometheuz

helm upgrade --reset-values reflectz reflect \
  --kube-context "$context" \
  --repo https://openziti.io/helm-charts/ --version 0.3.9 \
  --namespace default \
  --values reflect.values.yaml \
  --set-file reflectIdentity=kubeB.reflect.id.json
helm upgrade --reset-values prometheuz prometheus \
  --kube-context "$context" \
  --repo https://openziti.io/helm-charts/ --version 0.0.11 \
  --namespace default \
  --values prometheus.values.yaml \
  --set-file server.scrape.id.contents=kubeB.prometheus.id.json \
  --set-file server.ziti.id.contents=kubeB.prometheus.id.json \
  --set-file configmapReload.ziti.id.contents=kubeB.prometheus.id.json
if [ "$restart" = yes ]; then
  kubectl --context "$context" --namespace default rollout restart deployment/reflectz
  kubectl --context "$context" --namespace default rollout restart deployment/prometheuz-prometheus-server
fi
