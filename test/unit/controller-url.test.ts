import assert from 'node:assert/strict'
import { originOf } from '../../src/cli/url.js'
import { UsageError } from '../../src/errors.js'

describe('the URL of a controller', () => {
  const taken: readonly [typed: string, origin: string][] = [
    ['https://ctrl.example:1280', 'https://ctrl.example:1280'],
    ['https://ctrl.example:1280/', 'https://ctrl.example:1280'],
    ['https://ctrl.example:1280/edge/management/v1', 'https://ctrl.example:1280'],
    ['ctrl.example:1280', 'https://ctrl.example:1280'],
    ['localhost', 'https://localhost'],
    ['HTTPS://Ctrl.Example', 'https://ctrl.example'],
    ['https://ctrl.example:443', 'https://ctrl.example'],
    ['[::1]:1280', 'https://[::1]:1280'],
  ]
  for (const [typed, origin] of taken) {
    it(`is ${origin} when "${typed}" is typed`, () => assert.equal(originOf(typed), origin))
  }

  const refused: readonly [typed: string, why: RegExp][] = [
    ['', /is not a URL/],
    ['not a host', /is not a URL/],
    ['http://ctrl.example:1280', /by https only/],
    ['ftp://ctrl.example', /by https only/],
    ['https://admin:sesame@ctrl.example', /user name or password in it/],
  ]
  for (const [typed, why] of refused) {
    it(`is refused when "${typed}" is typed`, () => {
      assert.throws(
        () => originOf(typed),
        error => error instanceof UsageError && why.test(error.message) && error.hint !== undefined,
      )
    })
  }

  for (const typed of [
    'https://admin:sesame@ctrl.example',
    'http://admin:sesame@x',
    'admin:ses ame@x',
    'a:sesame@:x',
  ]) {
    it(`is refused without repeating it when a password is in it, as in "${typed}"`, () => {
      assert.throws(
        () => originOf(typed),
        error => error instanceof UsageError && !/ses ?ame/.test(`${error.message}${error.hint}`),
      )
    })
  }
})
