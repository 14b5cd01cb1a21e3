import { createServer, type Server } from 'node:http'

// About what a node exporter or a small service answers.
const series = 400

/** A target on a free port of 127.0.0.1: an exposition at `/metrics`, one byte anywhere else. Keeps connections for long. */
export function startExporter(): Promise<Server> {
  const lines = Array.from({ length: series }, (_, at) => `bench_requests_total{path="/path/${at}",code="200"} ${at}\n`)
  const exposition = `# TYPE bench_requests_total counter\n${lines.join('')}`
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(request.url === '/metrics' ? exposition : '1')
  })
  // Go peers of 2.x lose the end of a stream, and what is never closed here would be counted against them.
  server.keepAliveTimeout = 600_000
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}
