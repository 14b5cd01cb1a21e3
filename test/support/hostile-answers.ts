import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RealAnswer } from './proxy.js'
import type { Dice } from './seeded.js'

/** What is answered in place of the controller's own. */
export type Hostile = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Not even HTTP. */
  readonly raw?: string
}

export type Making = {
  readonly dice: Dice
  /** What the controller answered. */
  readonly body: string
  readonly isList: boolean
  /** Members of one document that zprom reads: path -> kind of value that belongs there. */
  readonly members: Readonly<Record<string, Member>>
  /** Another host, which must never hear of anything. */
  readonly elsewhere: string
}

export type Member = 'text' | 'texts' | 'map'

/** One way of not answering as a controller does; undefined where it makes no sense. */
export type Way = (making: Making) => Hostile | undefined

const html = '<!DOCTYPE html><html><body><h1>It works!</h1></body></html>'
/** What says that an answer is JSON. */
export const json = { 'content-type': 'application/json' }

/** All the ways, by name. */
export const ways: Readonly<Record<string, Way>> = {
  'a page': ({ dice }) => ({
    status: dice.pick([200, 200, 404, 502]),
    headers: { 'content-type': 'text/html' },
    body: html,
  }),
  'a page that says it is JSON': () => ({ headers: json, body: html }),
  'half of its JSON': ({ dice, body }) => ({ headers: json, body: body.slice(0, dice.below(body.length - 2)) }),
  'its JSON as another type': ({ dice, body }) => ({
    headers: { 'content-type': dice.pick(['text/html', 'text/plain', 'application/octet-stream', 'image/png', '']) },
    body,
  }),
  'a wrong document': ({ dice, isList }) => ({
    headers: json,
    body: dice.pick([
      ...['', 'null', '5', '"text"', 'true', '[]', '[[]]', '{}', '{"data":null}', '{"data":5}', '{"data":"x"}'],
      ...(isList ? ['{"data":{}}', '{"data":[null]}', '{"data":[[]]}', '{"data":[{}]}'] : ['{"data":[{}]}']),
    ]),
  }),
  'a wrong member': making => withWrongMember(making),
  'a huge list': ({ dice }) => ({
    headers: json,
    body: `{"data":[${Array(100_000)
      .fill(dice.pick(['{}', 'null', '[]', '1', '""']))
      .join()}]}`,
  }),
  'nesting without end': ({ dice }) => {
    const [open, close] = dice.pick([
      ['[', ']'],
      ['{"data":', '}'],
    ] as const)
    return { headers: json, body: `{"data":${open.repeat(100_000)}1${close.repeat(100_000)}}` }
  },
  'a redirect': ({ dice, elsewhere }) => ({
    status: dice.pick([301, 302, 303, 307, 308]),
    headers: { location: `${dice.pick(['https', 'http'])}://${elsewhere}/edge/management/v1/authenticate` },
    body: '',
  }),
  noise: ({ dice }) => ({ headers: json, body: noise(dice) }),
  'noise that says it is packed': ({ dice }) => ({
    headers: { ...json, 'content-encoding': dice.pick(['gzip', 'deflate', 'br']) },
    body: noise(dice),
  }),
  'a strange status': ({ dice }) => ({ status: dice.pick([203, 204, 206, 299, 304, 402, 418, 451, 599]), body: '' }),
  'an error of a wrong form': ({ dice }) => ({
    status: dice.pick([400, 403, 409, 413, 500, 503]),
    headers: json,
    body: JSON.stringify({
      error: dice.pick([
        ...[null, 5, 'text', [], [[]], {}, { code: {}, message: [], cause: 'x', requestId: 5 }],
        { code: '\u001b[2J', message: '\u001b]0;title\u0007', cause: { field: 5, reason: null }, requestId: '\r\n' },
      ]),
    }),
  }),
  'no HTTP': ({ dice }) => ({
    raw: dice.pick(['SSH-2.0-OpenSSH_9.6\r\n', '\u0000\u0001\u0002', 'HTTP/9.9 what\r\n\r\n']),
  }),
  'broken chunks': () => ({
    raw: 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{"data":[]}\r\n0\r\n\r\n',
  }),
}

/** An error that says back all that it was asked with. */
export function echoOf({ headers }: IncomingMessage, body: Buffer): Hostile {
  const told = `\n${JSON.stringify(headers)} ${body.toString()}`
  const error = { code: 'ECHO', message: told, cause: { field: 'x', reason: told }, requestId: 'x' }
  return { status: 400, headers: json, body: JSON.stringify({ error }) }
}

/** Sends it. */
export function sendHostile(response: ServerResponse, { status = 200, headers = {}, body = '', raw }: Hostile): void {
  if (raw !== undefined) {
    response.socket?.end(raw)
    return
  }
  const used = Object.entries(headers).filter(([, value]) => value !== '')
  response.writeHead(status, Object.fromEntries(used)).end(body)
}

/** The text of a real answer. */
export function textOf({ bytes }: RealAnswer): string {
  return bytes.toString('utf8')
}

function noise(dice: Dice): Buffer {
  return Buffer.from(Array.from({ length: 300 }, () => dice.below(256)))
}

const wrong: Readonly<Record<Member, readonly unknown[]>> = {
  text: [5, null, true, {}, [], ['x'], undefined],
  texts: [5, 'x', true, {}, [5], [null], [['x']]],
  map: [5, 'x', true, [], ['x']],
}

function withWrongMember({ dice, body, members, isList }: Making): Hostile | undefined {
  const path = Object.keys(members)
  if (path.length === 0) return undefined
  const document = JSON.parse(body)
  const one = isList ? dice.pick<Record<string, unknown>>(document.data) : document.data
  const name = dice.pick(path)
  one[name] = dice.pick(wrong[members[name] ?? 'text'])
  return { headers: json, body: JSON.stringify(document) }
}
