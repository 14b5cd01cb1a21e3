import { asRaw, type Raw, record, text, texts } from '../kinds/index.js'
import type { VisibleService } from '../model/check.js'

/** A service of the client API's list. */
export function readVisibleService(raw: Raw): VisibleService {
  const config = record(raw, 'config', 'service')
  return {
    service: text(raw, 'name', 'service'),
    intercepts: interceptsOf(record(config, 'intercept.v1', 'service.config')),
    permissions: texts(raw, 'permissions', 'service')
      .filter(item => item === 'Bind' || item === 'Dial')
      .sort(),
  }
}

/** `address:port` for each address and port range of an intercept.v1 config; `address:low-high` for a real range. */
export function interceptsOf(data: Raw): string[] {
  const ranges = Array.isArray(data.portRanges) ? data.portRanges.map(range => asRaw(range, 'portRange')) : []
  const ports = ranges.map(({ low, high }) => (low === high ? `${low}` : `${low}-${high}`))
  return texts(data, 'addresses', 'intercept.v1').flatMap(address => ports.map(port => `${address}:${port}`))
}
