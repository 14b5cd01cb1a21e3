/** A tool's words without private keys and tokens: a chart's error may quote a manifest, a log its environment. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '***')
    .replace(/eyJ[\w-]{8,}\.eyJ[\w-]{8,}(\.[\w-]*)?/g, '***')
}
