import assert from 'node:assert/strict'
import { diffConfigs, hideSecrets } from '../../src/live/diff.js'

describe('diffConfigs', () => {
  it('shows what changes with two lines around it', () => {
    const before = 'a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n'
    assert.equal(
      diffConfigs(before, before.replace('c: 3', 'c: 4\nx: y')),
      '@@ -1,5 +1,6 @@\n a: 1\n b: 2\n-c: 3\n+c: 4\n+x: y\n d: 4\n e: 5',
    )
    assert.equal(diffConfigs(before, before), '')
  })

  it('says nothing of line ends', () => {
    assert.equal(diffConfigs('a: 1', 'a: 1\nb: 2\n'), '@@ -1,1 +1,2 @@\n a: 1\n+b: 2')
    assert.equal(diffConfigs('a: 1\r\n', 'a: 1\r\nb: 2\r\n'), '@@ -1,1 +1,2 @@\n a: 1\n+b: 2')
  })

  it('hides what is secret in the lines around', () => {
    const secret = 'basic_auth:\n  username: u\n  password: hunter2\n'
    const shown = diffConfigs(secret, `${secret}x: y\n`)
    assert.match(shown, /password: <hidden>\n\+x: y/)
  })
})

describe('hideSecrets', () => {
  const cases: Record<string, [text: string, shown: string]> = {
    'a password': ['password: "hunter2" # c\n', 'password: <hidden> # c\n'],
    'one in brackets': ['{"auth": {"password": "hunter2", "x": 1}}', '{"auth": {"password": <hidden>, "x": 1}}'],
    'one over lines': ['bearer_token: |\n  hunter2\n  hunter2\nx: y\n', 'bearer_token: <hidden>\nx: y\n'],
    'several in one text': [
      'a: {credentials: hunter2}\nb: {client_secret: hunter2, secret_key: hunter2}\n',
      'a: {credentials: <hidden>}\nb: {client_secret: <hidden>, secret_key: <hidden>}\n',
    ],
    'a commented one': ['# password: hunter2\n', '# password: <hidden>\n'],
    'the login in a URL': ['proxy_url: http://u:hunter2@proxy:80\n', 'proxy_url: http://<hidden>@proxy:80\n'],
    'a list of them': [
      'params:\n  token: [hunter2, "hunter2"]\n  tokens:\n  - hunter2\n',
      'params:\n  token: [<hidden>, <hidden>]\n  tokens:\n  - <hidden>\n',
    ],
    'everything below headers': [
      'http_headers:\n  X-Scope:\n    values: [hunter2]\nproxy_connect_header: 1\nheaders: {Authorization: Bearer hunter2}\n',
      'http_headers:\n  X-Scope:\n    values: [<hidden>]\nproxy_connect_header: 1\nheaders: {Authorization: <hidden>}\n',
    ],
    'names in other letters': [
      'X-Api-Key: hunter2\naccess_key: hunter2\nclientSecret: hunter2\nauthorization: hunter2\nclient-secrets: hunter2\n',
      'X-Api-Key: <hidden>\naccess_key: <hidden>\nclientSecret: <hidden>\nauthorization: <hidden>\nclient-secrets: <hidden>\n',
    ],
    'what an alias leads to': [
      'x: &a hunter2\npassword: *a\nheaders: &h\n  a: *h\n  b: &b hunter2\n',
      'x: &a <hidden>\npassword: *a\nheaders: &h\n  a: *h\n  b: &b <hidden>\n',
    ],
    'the values of a query': [
      "metrics_path: /m?key=hunter2&x=hunter2\nurl: 'http://a/b?c=hunter2'\n",
      "metrics_path: /m?key=<hidden>&x=<hidden>\nurl: 'http://a/b?c=<hidden>'\n",
    ],
    'not what is empty': ['password:\nx: 1\n', 'password:\nx: 1\n'],
    'not a pattern': [
      "regex: '(a?)=b?'\n'match[]': ['{a=~\"b.+\"}']\n",
      "regex: '(a?)=b?'\n'match[]': ['{a=~\"b.+\"}']\n",
    ],
    'not the path of a file': ['password_file: /etc/x\n', 'password_file: /etc/x\n'],
  }
  for (const [what, [text, shown]] of Object.entries(cases)) {
    it(`hides ${what}`.replace('hides not', 'does not hide'), () => assert.equal(hideSecrets(text), shown))
  }
})
