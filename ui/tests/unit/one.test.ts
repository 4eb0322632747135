import { expect, it } from 'vitest'
import messages from '@/i18n/en'

/** Counts that are never one: what stands for one is said by another text, or not at all. */
const NEVER_ONE = new Set(['analysis.channels.n', 'analysis.compare.previous', 'analysis.span', 'common.bar.shops_n', 'imports.findings.first', 'orders.items', 'orders.pieces', 'today.do.unshipped.why'])
const MANY = /\{\w+\}[\s\u00A0](?:channels|customers|days|hours|lines|minutes|orders|pcs|pieces|products|refunds|rows|seconds|shops|times)\b/

function* texts(of: object, path = ''): Generator<[string, string]> {
  for (const [key, value] of Object.entries(of)) {
    if (typeof value === 'string') yield [path + key, value]
    else yield* texts(value as object, `${path}${key}.`)
  }
}

it('an English text with a count has a form for one', () => {
  const found = [...texts(messages)].filter(([path, text]) => MANY.test(text) && !text.includes(' | ') && !NEVER_ONE.has(path))
  expect(found).toEqual([])
})
