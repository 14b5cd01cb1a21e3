import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deploymentsOf } from '../../src/expand/index.js'
import { type DemoDeps, startDemo } from '../../src/flows/demo.js'
import { specOf } from '../support/spec-builder.js'
import { failureOf } from '../support/world-checks.js'

describe('a demo that does not start', () => {
  const deployments = deploymentsOf(specOf({ clusters: [{ name: 'kubeA', prometheus: 'dark', workloads: [] }] }))
  const opened: Server[] = []
  // Something that really runs, in the place of a bridge or a Prometheus.
  const listen = async () => {
    const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
    opened.push(server)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return { port, stop: async () => void (await new Promise(resolve => server.close(resolve))) }
  }
  const startBridge = async () => {
    const { port, stop } = await listen()
    return { url: `http://127.0.0.1:${port}`, close: stop }
  }
  const start = (deps: Pick<DemoDeps, 'startBridge' | 'startPrometheus'>) => {
    const overlayOf = async (identity: string) => {
      throw new Error(`no way in as ${identity}`)
    }
    return failureOf(startDemo(deployments, { ...deps, overlayOf, say: () => undefined }))
  }
  afterEach(() => {
    for (const server of opened.splice(0)) server.close()
  })

  it('leaves no bridge running whose Prometheus did not start', async () => {
    const refused = async () => {
      throw new Error('prometheus ended: no space left')
    }
    assert.match((await start({ startBridge, startPrometheus: refused })).message, /no space left/)
    assert.deepEqual(
      opened.map(({ listening }) => listening),
      [false],
    )
  })

  it('leaves no Prometheus running that cannot be offered', async () => {
    assert.match((await start({ startBridge, startPrometheus: listen })).message, /no way in as kubeA\.prometheus\.id/)
    assert.deepEqual(
      opened.map(({ listening }) => listening),
      [false, false],
    )
  })

  it('ends the rest also when one thing does not end well, and says why it did not start', async () => {
    const stubborn = async () => {
      const { port } = await listen()
      return {
        port,
        stop: async () => {
          throw new Error('it does not end')
        },
      }
    }
    assert.match((await start({ startBridge, startPrometheus: stubborn })).message, /no way in/)
    assert.deepEqual(
      opened.map(({ listening }) => listening),
      [false, true],
    )
  })
})
