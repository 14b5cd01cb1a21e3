// The programs of the Kubernetes servers of the cases: etcd and kube-apiserver, with keys and data in a folder that goes.
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'

/** A program that runs, with the file that it logs to. */
export type Running = { readonly name: string; readonly log: string; readonly ended: Promise<void>; kill(): void }

/** Where a server is, and the file with the certificate that it shows. */
export type Server = { readonly url: string; readonly caFile: string }

/** Starts etcd on these URLs. */
export function startEtcd(folder: string, client: string, peer: string): Running {
  return startProgram('etcd', 'etcd', folder, [
    ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ])
}

/** What an API server starts with. */
export type ServerOptions = {
  readonly program: string
  readonly folder: string
  readonly name: string
  readonly port: number
  readonly etcd: string
  readonly tokens: Tokens
  /** How it connects to what is in its cluster, as a file of its egress selector. */
  readonly egress: string
}

/** Of an administrator, and of somebody without any right. */
export type Tokens = { readonly admin: string; readonly nobody: string }

/** Starts an API server of its own data in that etcd; it is not ready yet. */
export async function startServer(options: ServerOptions): Promise<{ server: Server; running: Running }> {
  const { program, folder, name, port, etcd, tokens, egress } = options
  const home = join(folder, name)
  await mkdir(home)
  const tokenFile = join(home, 'tokens.csv')
  const keyFile = join(home, 'service-accounts.pem')
  const users = `${tokens.admin},admin,1,system:masters\n${tokens.nobody},nobody,2\n`
  await writeFile(tokenFile, users, { mode: 0o600 })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(keyFile, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
  const running = startProgram(name, program, folder, [
    ...['--etcd-servers', etcd, '--etcd-prefix', `/${name}`],
    ...['--bind-address', '127.0.0.1', '--secure-port', String(port), '--cert-dir', home],
    ...['--advertise-address', '127.0.0.1', '--endpoint-reconciler-type', 'none'],
    ...['--egress-selector-config-file', egress],
    ...['--token-auth-file', tokenFile, '--authorization-mode', 'RBAC', '--service-cluster-ip-range', '10.0.0.0/24'],
    ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-account-key-file', keyFile],
    ...['--service-account-signing-key-file', keyFile],
  ])
  return { running, server: { url: `https://127.0.0.1:${port}`, caFile: join(home, 'apiserver.crt') } }
}

function startProgram(name: string, program: string, folder: string, args: readonly string[]): Running {
  const log = join(folder, `${name}.log`)
  const output = { file: log, append: true }
  // Ends with this process too, however that ends (execa, "cleanup").
  const run = execa(program, args, { cwd: folder, stdin: 'ignore', stdout: output, stderr: output, reject: false })
  return { name, log, ended: run.then(() => undefined), kill: () => void run.kill('SIGKILL') }
}

/** Waits until a server says that it is ready; when it does not, an error with the end of its log. */
export async function waitUntilReady({ url, caFile }: Server, token: string, server: Running): Promise<void> {
  let ended = false
  void server.ended.then(() => {
    ended = true
  })
  const deadline = Date.now() + 120_000
  while ((await ask(`${url}/readyz`, caFile, token)) !== 200) {
    if (ended || Date.now() > deadline) {
      const log = (await readFile(server.log, 'utf8')).split('\n').slice(-15).join('\n')
      throw new Error(`${server.name} ${ended ? 'ended' : 'was not ready in time'}; the end of its log:\n${log}`)
    }
    await sleep(100)
  }
}

// The status of an answer; undefined when there is none yet.
async function ask(url: string, caFile: string, token: string): Promise<number | undefined> {
  const ca = await readFile(caFile).catch(() => undefined)
  if (ca === undefined) return undefined
  return new Promise(resolve => {
    const asked = request(url, { ca, agent: false, headers: { authorization: `Bearer ${token}` } }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    })
    asked.on('error', () => resolve(undefined)).end()
  })
}
