import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Reason } from './answers.js'

/** What a bridge counts, in the form that Prometheus reads. Labels come from the table, never from what a client sent. */
export type BridgeMetrics = ReturnType<typeof createMetrics>

/** Counters from nought, and those of the process; `version` is that of zprom. */
export function createMetrics(version: string) {
  const registers = [new Registry()]
  const [registry = new Registry()] = registers
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter<Label>({ name: `zprom_bridge_${name}`, help, labelNames: [...labelNames], registers })
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge<Label>({ name: `zprom_bridge_${name}`, help, labelNames: [...labelNames], registers })
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `zprom_bridge_${name}`, help, registers, buckets })

  gauge('build_info', 'Always 1; the version is a label.', ['version']).set({ version }, 1)
  return {
    requests: counter('requests_total', 'Requests to the proxy that were answered.', ['service', 'identity', 'code']),
    dials: counter('dials_total', 'Dials of services that were begun.'),
    reuses: counter('reused_connections_total', 'Requests sent over a connection that was there already.'),
    dialSeconds: histogram('dial_seconds', 'Time that dials took which succeeded.'),
    dialFailures: counter('dial_failures_total', 'Dials that failed.', ['reason']),
    refusals: counter('failures_total', 'Requests that did not get the answer of their target, for any reason.', [
      'reason',
    ]),
    requestSeconds: histogram('request_seconds', 'Time from request to the end of the answer.'),
    inFlight: gauge('in_flight', 'Requests under way.'),
    connections: gauge(
      'open_connections',
      'Connections that are open: of clients, and over the overlay, also those kept for the next scrape.',
      ['side'],
    ),
    tunnels: gauge('open_tunnels', 'CONNECT tunnels that are open.'),
    bytes: counter('bytes_total', 'Bytes of bodies and tunnels; in: from targets, out: to them.', ['direction']),
    aborts: counter('client_aborts_total', 'Requests that the client gave up.'),
    authFailures: counter('auth_failures_total', 'Requests without the token, or with a wrong one.'),
    sdTargets: gauge('sd_targets', 'Targets that the identity can reach.'),
    sdRequests: counter('sd_requests_total', 'Requests for lists of targets.', ['code']),
    readAt: gauge('sd_last_success_timestamp_seconds', 'When the services were last read.'),
    sessionUp: gauge('session_up', '1 when the controller took the identity the last time it was asked, else 0.'),
    /** The exposition, and its content type. */
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
    /** One more failure of a dial. */
    dialFailed(reason: Reason) {
      this.dialFailures.inc({ reason })
    },
  }
}

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
