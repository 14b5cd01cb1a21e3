import { Agent, request } from 'node:https'
import { kindOf } from '../../src/kinds/index.js'
import { mapBounded } from '../../src/model/bounded.js'
import { addressOf, entityKinds, type Wanted } from '../../src/model/entity.js'
import type { TestOverlay } from '../../test/support/overlay.js'

/**
 * The least that can build a topology: one login, one POST per entity over kept connections, kind by kind, and nothing looked
 * up, compared, marked or repeated. What a controller gives to it is what it gives.
 */
export type BareClient = {
  /** Milliseconds for all entities. Throws at the first answer that is not a success. */
  create(entities: readonly Wanted[]): Promise<number>
  /** Milliseconds for the lists of all kinds, one request each over new connections, and how many entities were in them. */
  read(): Promise<{ readonly ms: number; readonly count: number }>
  close(): void
}

type Envelope = { readonly data: unknown }

type BareOverlay = Pick<TestOverlay, 'url' | 'username' | 'password' | 'ca'>

/** Logs in as the administrator; `parallel` requests in flight at most. */
export async function openBareClient(overlay: BareOverlay, parallel: number): Promise<BareClient> {
  const newAgent = () => new Agent({ keepAlive: true, maxSockets: parallel, ca: overlay.ca })
  let agent = newAgent()
  let token = ''
  const ask = (method: string, path: string, body?: object): Promise<Envelope> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = { 'content-type': 'application/json', ...(token !== '' && { 'zt-session': token }) }
      const options = { agent, method, headers }
      const asked = request(`${overlay.url}/edge/management/v1${path}`, options, answer => {
        const pieces: Buffer[] = []
        answer.on('data', piece => pieces.push(piece))
        answer.on('error', reject)
        answer.on('end', () => {
          const whole = Buffer.concat(pieces).toString()
          if ((answer.statusCode ?? 500) < 300) resolve(JSON.parse(whole) as Envelope)
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${whole.slice(0, 300)}`))
        })
      })
      asked.on('error', reject)
      asked.end(text)
    })
  const { username, password } = overlay
  token = textOf((await ask('POST', '/authenticate?method=password', { username, password })).data, 'token')
  const ids = new Map<string, string>()
  for (const type of listOf((await ask('GET', '/config-types?limit=100')).data))
    ids.set(`config-type/${textOf(type, 'name')}`, textOf(type, 'id'))

  const createOne = async ({ kind: name, ...entity }: Wanted) => {
    const kind = kindOf(name)
    const idOf = (of: string, named: string) => ids.get(`${of}/${named}`) ?? fail(`${of}/${named} has no id`)
    const body = { name: entity.name, ...kind.toApi(entity.fields, idOf), ...kind.onCreate() }
    ids.set(addressOf({ kind: name, name: entity.name }), textOf((await ask('POST', kind.path, body)).data, 'id'))
  }
  return {
    create: async entities => {
      const started = performance.now()
      for (const kind of entityKinds)
        await mapBounded(
          entities.filter(entity => entity.kind === kind),
          parallel,
          createOne,
        )
      return performance.now() - started
    },
    read: async () => {
      agent.destroy()
      agent = newAgent()
      const started = performance.now()
      const paths = ['/config-types', ...entityKinds.map(kind => kindOf(kind).path)]
      const query = new URLSearchParams({ filter: 'true limit none' })
      const lists = await Promise.all(paths.map(path => ask('GET', `${path}?${query}`)))
      return { ms: performance.now() - started, count: lists.reduce((sum, { data }) => sum + listOf(data).length, 0) }
    },
    close: () => agent.destroy(),
  }
}

function listOf(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? data : []
}

function textOf(value: unknown, member: string): string {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined
  return typeof found === 'string' ? found : fail(`an answer without ${member}`)
}

function fail(message: string): never {
  throw new Error(message)
}
