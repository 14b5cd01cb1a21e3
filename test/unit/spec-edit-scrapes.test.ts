import assert from 'node:assert/strict'
import { SpecError, UsageError } from '../../src/errors.js'
import { addScrape, removeScrape } from '../../src/spec/edit-scrapes.js'
import { parseSpec } from '../../src/spec/parse.js'

const file = 'zprom.yaml'
const article = `clusters:
  - name: kubeA # a
    prometheus: tunneled
  # about b
  - {name: kubeB, prometheus: dark}
`
const withLocal = `${article}local: {}\n`

describe('addScrape', () => {
  const add = (text: string, reader: string, scrape: Parameters<typeof addScrape>[1]['scrape']) =>
    addScrape(text, { reader, scrape }, file)

  it('writes the list that was the default, and the new item', () => {
    assert.equal(
      add(article, 'kubeA', 'kubeB.reflect').text,
      article.replace('tunneled\n', 'tunneled\n    scrape:\n      - kubeA.reflect\n      - kubeB.reflect\n'),
    )
    assert.equal(
      add(article, 'kubeB', 'kubeA.prometheus').text,
      article.replace('dark}', 'dark, scrape: [ kubeB.reflect, kubeA.prometheus ]}'),
    )
    assert.equal(
      add(withLocal, 'local', { target: 'kubeA.prometheus', federate: true }).text,
      `${article}local:
  scrape:
    - kubeA.prometheus
    - kubeA.reflect
    - kubeB.prometheus
    - kubeB.reflect
    - target: kubeA.prometheus
      federate: true
`,
    )
  })

  it('changes nothing when the default has it already, or the list does', () => {
    for (const [text, reader, scrape] of [
      [article, 'kubeA', 'kubeA.reflect'],
      [withLocal, 'local', 'kubeB.prometheus'],
      [withLocal, 'local', { target: 'kubeB.reflect', federate: false, job: 'reflectz-b', interval: '5s' }],
      ['clusters: [{name: k, prometheus: dark, scrape: [{target: k.reflect, interval: 9s}]}]', 'k', 'k.reflect'],
    ] as const)
      assert.deepEqual(add(text, reader, scrape), { text, changed: false })
  })

  it('adds to a list at its end, keeping its comments', () => {
    const text = 'clusters:\n- name: k\n  prometheus: dark\n  scrape:   # mine\n  - k.reflect # first\n  # last\n'
    assert.equal(
      add(text, 'k', { target: 'k.prometheus', interval: '30s' }).text,
      text.replace('  # last\n', '  # last\n  - target: k.prometheus\n    interval: 30s\n'),
    )
  })

  it('fills an empty list', () => {
    const text = 'clusters: [{name: k, prometheus: dark}]\nlocal:\n  scrape: [] # none\n'
    assert.equal(add(text, 'local', 'k.reflect').text, text.replace('[] # none\n', '# none\n    - k.reflect\n'))
  })

  it('refuses a scrape that is there in another way, and says where', () => {
    const text = add(article, 'kubeA', { target: 'kubeB.reflect', job: 'b', interval: '9s' }).text
    assert.throws(
      () => add(text, 'kubeA', { target: 'kubeB.reflect', job: 'c', interval: '5s' }),
      new UsageError(
        'the scrape of kubeB.reflect by kubeA is already in zprom.yaml:6 as job b and every 9s; edit the file to change it',
      ),
    )
    assert.deepEqual(add(text, 'kubeA', 'kubeB.reflect'), { text, changed: false })
  })

  it('refuses what is not there, near names first', () => {
    assert.throws(() => add(article, 'kubec', 'kubeA.reflect'), {
      name: 'UsageError',
      message: 'zprom.yaml has no cluster "kubec"',
      hint: 'Did you mean "kubeA"?',
    })
    assert.throws(() => add(article, 'local', 'kubeA.reflect'), { hint: 'add it with: zprom init local' })
    assert.throws(() => add(article, 'kubeA', 'kubeB.reflekt'), { hint: 'Did you mean "kubeB.reflect"?' })
    assert.throws(() => add('stack: x\n', 'kubeA', 'x'), { hint: 'add one with: zprom init cluster NAME' })
  })

  it('refuses a job name that another job has, and federation of what is no Prometheus', () => {
    assert.throws(() => add(article, 'kubeA', { target: 'kubeB.reflect', job: 'kubeA.reflectz' }), {
      name: 'UsageError',
      message: 'a job named "kubeA.reflectz" is there already, at zprom.yaml:2: it scrapes kubeA.reflect',
      hint: 'give the new one another name with --job',
    })
    assert.throws(() => add(article, 'kubeA', { target: 'kubeB.reflect', federate: true }), {
      name: 'UsageError',
      message: /only a Prometheus can be federated$/,
    })
  })

  it('refuses to touch a file that is no valid spec', () => {
    assert.throws(() => add('clusters: [{name: a}]', 'a', 'a.reflect'), SpecError)
  })
})

describe('removeScrape', () => {
  const remove = (text: string, reader: string, target: string) => removeScrape(text, { reader, target }, file)

  it('writes what is left of the default', () => {
    assert.equal(
      remove(article, 'kubeA', 'kubeA.reflect').text,
      article.replace('tunneled\n', 'tunneled\n    scrape: []\n'),
    )
    assert.equal(
      remove(withLocal, 'local', 'kubeA.prometheus').text,
      `${article}local:\n  scrape:\n    - kubeA.reflect\n    - kubeB.prometheus\n    - kubeB.reflect\n`,
    )
  })

  it('changes nothing when it is not scraped', () => {
    assert.deepEqual(remove(article, 'kubeA', 'kubeB.reflect'), { text: article, changed: false })
    assert.deepEqual(remove(article, 'kubeA', 'nothing'), { text: article, changed: false })
  })

  const list = (lines: string) => `clusters:\n  - {name: k, prometheus: dark}\nlocal:\n  scrape:${lines}`
  const layouts: Record<string, [before: string, after: string]> = {
    'a word among words': [
      '\n    # all\n    - k.prometheus # p\n    # the workload\n    - k.reflect # r\n    # the end\n',
      '\n    # all\n    - k.prometheus # p\n    # the workload\n    # the end\n',
    ],
    'a map and a word of one target': [
      '\n    - target: k.reflect # a map\n      # inside\n      job: j\n\n    - k.prometheus\n    - k.reflect\n',
      '\n\n    - k.prometheus\n',
    ],
    'the last one, with comments around it': [
      ' # mine\n    # first\n    - k.reflect\n    # after\n',
      ' [] # mine\n    # first\n    # after\n',
    ],
    'a list that is not indented': ['\n  - k.reflect\n  - k.prometheus\n', '\n  - k.prometheus\n'],
    'a dash on a line of its own': ['\n    -\n      target: k.reflect\n    - k.prometheus\n', '\n    - k.prometheus\n'],
    'a dash with a comment': ['\n    - k.prometheus\n    - # why\n      target: k.reflect\n', '\n    - k.prometheus\n'],
    'items with blank lines between them': [
      '\n    - k.prometheus\n\n    - k.reflect\n\n    - {target: k.prometheus, federate: true}\n',
      '\n    - k.prometheus\n\n    - {target: k.prometheus, federate: true}\n',
    ],
    'the first in brackets': [' [k.reflect, k.prometheus] # c\n', ' [k.prometheus] # c\n'],
    'the last in brackets': [" [k.prometheus, 'k.reflect', ]\n", ' [k.prometheus, ]\n'],
    'the only one in brackets': [' [ {target: k.reflect, job: j}, ] # c\n', ' [  ] # c\n'],
    'Windows line ends': ['\r\n    - k.reflect # r\r\n    - k.prometheus\r\n', '\r\n    - k.prometheus\r\n'],
    'a file without a last line end': ['\n    - k.prometheus\n    - k.reflect', '\n    - k.prometheus\n'],
  }
  for (const [what, [before, after]] of Object.entries(layouts)) {
    it(`takes out ${what}`, () => assert.equal(remove(list(before), 'local', 'k.reflect').text, list(after)))
  }

  it('keeps comments inside brackets, though it prints those lines anew', () => {
    const { text } = remove(list(' [\n    k.reflect, # r\n    k.prometheus # p\n  ]\n'), 'local', 'k.reflect')
    assert.deepEqual(parseSpec(text, file).local?.scrape, [{ target: 'k.prometheus', federate: false }])
    assert.match(text, /# p/)
  })

  it('says where to edit by hand when a removal would change something else', () => {
    const shared = list(' &all [k.reflect, k.prometheus]\n').replace('dark}', 'dark, scrape: *all}')
    const turned = `local: {scrape: &all [k.reflect, k.prometheus]}\nclusters:\n  - {name: k, prometheus: dark, scrape: *all}\n`
    assert.throws(() => remove(shared, 'local', 'k.reflect'), SpecError)
    for (const reader of ['local', 'k'])
      assert.throws(() => remove(turned, reader, 'k.reflect'), {
        name: 'UsageError',
        message: /without harm; remove by hand what zprom\.yaml:\d says at (local|clusters\[0\])\.scrape\[0\]$/,
      })
  })

  it('says so too when an alias needs what would go', () => {
    const text = 'clusters: [{name: k, prometheus: dark, scrape: [&a k.reflect]}]\nlocal: {scrape: [*a]}\n'
    assert.throws(() => remove(text, 'k', 'k.reflect'), { name: 'UsageError', message: /remove by hand/ })
  })
})
