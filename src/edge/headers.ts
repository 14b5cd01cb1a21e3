// Numbers of the channel and edge protocols (github.com/openziti/channel and sdk-golang/ziti/edge/messages.go).

/** Types of messages. */
export const types = {
  hello: 0,
  result: 2,
  latency: 3,
  heartbeat: 5,
  connect: 60783,
  stateConnected: 60784,
  stateClosed: 60785,
  data: 60786,
  dial: 60787,
  dialSuccess: 60788,
  dialFailed: 60789,
  bind: 60790,
  unbind: 60791,
  connInspectRequest: 60798,
  connInspectResponse: 60799,
  bindSuccess: 60800,
  updateTokenSuccess: 60801,
  updateTokenFailure: 60802,
  updateToken: 60803,
} as const

/** Keys of headers. */
export const keys = {
  connectionId: 0,
  replyFor: 1,
  resultSuccess: 2,
  version: 4,
  heartbeat: 5,
  heartbeatResponse: 6,
  id: 8,
  /** Comes back as it was sent. */
  probe: 128,
  connId: 1000,
  seq: 1001,
  sessionToken: 1002,
  publicKey: 1003,
  cost: 1004,
  precedence: 1005,
  terminatorIdentity: 1006,
  callerId: 1008,
  cryptoMethod: 1009,
  flags: 1010,
  appData: 1011,
  routerProvidedConnId: 1012,
  errorCode: 1014,
  connType: 1022,
  supportsInspect: 1023,
  supportsBindSuccess: 1024,
  circuitId: 1026,
  structuredError: 1033,
  dialerIdentityName: 1035,
} as const

/** Bits of the flags of a Data message. */
export const flags = { fin: 1 } as const

type Headers = ReadonlyMap<number, Buffer>

/** Headers to send, of values in the form that each key has. */
export function headersOf(...entries: readonly (readonly [key: number, value: Buffer])[]): Map<number, Buffer> {
  return new Map(entries)
}

/** An unsigned number of four bytes, little endian. */
export function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** An unsigned number of two bytes, little endian. */
export function u16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeUInt16LE(value)
  return bytes
}

/** A signed number of four bytes, little endian. */
export function i32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32LE(value)
  return bytes
}

/** A number of one byte; 1 and 0 for true and false. */
export function byte(value: number): Buffer {
  return Buffer.from([value])
}

/** A text in UTF-8. */
export function string(value: string): Buffer {
  return Buffer.from(value, 'utf8')
}

/** An unsigned number of a header; undefined when it is absent or of another length. */
export function readU32(headers: Headers, key: number): number | undefined {
  const bytes = headers.get(key)
  return bytes?.length === 4 ? bytes.readUInt32LE() : undefined
}

/** A signed number of a header; undefined when it is absent or of another length. */
export function readI32(headers: Headers, key: number): number | undefined {
  const bytes = headers.get(key)
  return bytes?.length === 4 ? bytes.readInt32LE() : undefined
}

/** Whether a header says true. */
export function readBool(headers: Headers, key: number): boolean {
  return headers.get(key)?.[0] === 1
}

/** A text of a header; undefined when it is absent. */
export function readString(headers: Headers, key: number): string | undefined {
  return headers.get(key)?.toString('utf8')
}

/** The headers that a reply has to give back as they came: keys 128 to 255. */
export function reflected(headers: Headers): (readonly [number, Buffer])[] {
  return [...headers].filter(([key]) => key >= 128 && key <= 255)
}
