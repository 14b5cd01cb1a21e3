import assert from 'node:assert/strict'
import { hideInValue } from '../../src/model/secrets.js'

describe('hideInValue', () => {
  const harmless = [
    'tokens=',
    'http://token:80/secrets',
    'a=b',
    '{"a": 1}',
    '[1]',
    'tokenizer=1',
    '#token',
    '{',
    'password_file=/x',
    'see "http://x:80","a@b"',
    'http://x:80/a@b?page=a@b',
    'http://x/?key_word=a&monkey=b',
    'http://x:80,me@z',
    'http://[::1]:80/a@b',
    'is \\"http://x:80\\",\\"a@b\\"',
  ]
  const cases: Record<string, [value: unknown, shown: unknown]> = {
    'the login in a URL': ['https://joe:hunter2@x/', 'https://<hidden>@x/'],
    'a login with signs in it that a URL should not have': [
      [
        'https://joe@corp.example:hunter2@x/',
        "http://u:it's-hunter2@x/?a=b",
        'http://u:hunt@er2@x:80/',
        'http://u:hunt/er2@x',
        'http://u:"hunter2"@x/a@b',
      ],
      [
        'https://<hidden>@x/',
        'http://<hidden>@x/?a=b',
        'http://<hidden>@x:80/',
        'http://<hidden>@x',
        'http://<hidden>@x/a@b',
      ],
    ],
    'short names of secrets in a query': [
      'http://x/?pwd=hunter2&pass=hunter2&auth=hunter2&key=hunter2&X-Amz-Signature=hunter2&jwt=hunter2;auth=hunter2&a=b',
      'http://x/?pwd=<hidden>&pass=<hidden>&auth=<hidden>&key=<hidden>&X-Amz-Signature=<hidden>&jwt=<hidden>&a=b',
    ],
    'what is made of a secret': [
      { pwd: 'hunter2', signingKey: 'hunter2', passwordHash: 'hunter2', tokenValue: 'hunter2', jwt: 'hunter2' },
      { pwd: '<hidden>', signingKey: '<hidden>', passwordHash: '<hidden>', tokenValue: '<hidden>', jwt: '<hidden>' },
    ],
    'what stands under the key of a secret': [{ a: [{ password: 'hunter2' }] }, { a: [{ password: '<hidden>' }] }],
    'what a check sends': [
      { httpChecks: [{ url: 'http://x/', body: 'hunter2', headers: { a: ['hunter2'] } }] },
      { httpChecks: [{ url: 'http://x/', body: '<hidden>', headers: '<hidden>' }] },
    ],
    'the values of a query by their names': [
      'http://x/m?page=1&token=hunter2&api_key=hunter2,hunter2;hunter2&X-Access-Key=hunter2#a',
      'http://x/m?page=1&token=<hidden>&api_key=<hidden>&X-Access-Key=<hidden>',
    ],
    'a name in brackets': [
      '/m?auth[token]=hunter2&auth%5Btoken%5D=hunter2',
      '/m?auth[token]=<hidden>&auth%5Btoken%5D=<hidden>',
    ],
    'a form': ['user=joe&password=hunter2', 'user=joe&password=<hidden>'],
    'an assignment among words': [
      'run --db "x" password="hunter2 hunter2" SECRET = hunter2 or token=\'hunter2 hunter2\' end',
      'run --db "x" password=<hidden> SECRET = <hidden> or token=<hidden> end',
    ],
    'one after what is none': ['a=1,token=hunter2', 'a=1,token=<hidden>'],
    'members of a JSON text': [
      '{"user": "joe", "password": "hunter2", "more": [{"apiKey": ["hunter2"]}]}',
      '{"user":"joe","password":"<hidden>","more":[{"apiKey":"<hidden>"}]}',
    ],
    'JSON in JSON': [JSON.stringify({ a: '{"token": "hunter2"}' }), JSON.stringify({ a: '{"token":"<hidden>"}' })],
    'JSON among words': [
      'send {"password": "hunter\\"2", "pin_token": 12, "x": 1} there',
      'send {"password": <hidden>, "pin_token": <hidden>, "x": 1} there',
    ],
    'JSON among words, that is nested, escaped or cut off': [
      ['is {"headers": {"a": "hunter2"}}', 'is {\\"token\\": \\"hunter2\\"}', '{"token": "hunter2'],
      ['is {"headers": <hidden>', 'is {\\"token\\": <hidden>', '{"token": <hidden>'],
    ],
    'a header': ['-H "Authorization: Bearer hunter2"\nx', '-H "Authorization: <hidden>\nx'],
    'not what only looks like it': [harmless, harmless],
    'not numbers and such': [
      { port: 80, on: true, none: null },
      { port: 80, on: true, none: null },
    ],
  }
  for (const [what, [value, shown]] of Object.entries(cases)) {
    it(`hides ${what}`.replace('hides not', 'does not hide'), () => assert.deepEqual(hideInValue(value), shown))
  }

  it('comes to an end with texts made to prevent it', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    for (const text of [
      deep,
      'token="'.repeat(20_000),
      '"token":'.repeat(20_000),
      `token=${'"'.repeat(50_001)}`,
      '://u:'.repeat(20_000),
    ])
      assert.equal(typeof hideInValue(text), 'string')
  })
})
