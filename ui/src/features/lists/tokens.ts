/**
 * Filters as typed text: `渠道:小程序 金额:>200 下单:近7天` and `channel:mini-program amount:>200 created:last7d` say the same.
 *
 * A token holds language-neutral values, so the same one is shown in either language, stands in the route and in a saved view, and is
 * what the builder edits. Words of both languages are understood whatever the language of the screens is. This file knows no list: each
 * list hands in its fields. It turns nothing into a wire filter; that is done beside each list.
 */
import { readDates, showDates } from './dates'
import { readHours, readRange, showHours, showRange } from './ranges'

export type Language = 'zh' | 'en'

/** A value that a field takes: what stands in the token and what the reader sees. */
export interface Choice {
  value: string
  zh: string
  en: string
  also?: string[]
}

/** `choice` picks from its choices, `entity` holds an id whose name is among the choices, `text` takes any; the others read their own grammar. */
export type FieldKind = 'choice' | 'entity' | 'text' | 'amount' | 'count' | 'dates' | 'hours'

export interface Field {
  key: string
  zh: string
  en: string
  also?: string[]
  kind: FieldKind
  /** Whether it takes several values, separated by commas. */
  many: boolean
  choices: Choice[]
  /** Of the values that can be read, the ones this list can ask for. */
  accepts?: (value: string) => boolean
  /** An example of a value, where the kind's own one would mislead. */
  example?: string
}

export interface Token {
  field: string
  values: string[]
}

/** Why a piece of text is not a token: the reader is told, nothing is dropped in silence. */
export interface Problem {
  kind: 'field' | 'value'
  field: string
  text: string
}

export interface Query {
  tokens: Token[]
  /** What is searched for as plain text. */
  words: string
  problems: Problem[]
}

const QUOTES: Readonly<Record<string, string>> = { '"': '"', '“': '”', '「': '」' }
const LIST_SIGNS = /[,、]/

/** Full-width signs and letters as their plain forms, so that an input method left on does no harm. */
export function plain(text: string): string {
  return text.normalize('NFKC')
}

const fold = (word: string): string => plain(word).toLowerCase().replace(/[\s_-]+/g, '')

/** Cuts text at spaces outside quotes; the quotes stay. */
function pieces(text: string): string[] {
  const out: string[] = []
  let piece = ''
  let until = ''
  for (const sign of text) {
    if (until) {
      piece += sign
      if (sign === until) until = ''
    } else if (QUOTES[sign]) {
      until = QUOTES[sign]
      piece += sign
    } else if (/\s/.test(sign)) {
      if (piece) out.push(piece)
      piece = ''
    } else piece += sign
  }
  if (piece) out.push(piece)
  return out
}

/** Cuts a value at commas outside quotes and takes the quotes off. */
function parts(text: string): string[] {
  const out: string[] = []
  let part = ''
  let until = ''
  for (const sign of text) {
    if (until) {
      if (sign === until) until = ''
      else part += sign
    } else if (QUOTES[sign]) until = QUOTES[sign]
    else if (LIST_SIGNS.test(sign)) {
      out.push(part)
      part = ''
    } else part += sign
  }
  out.push(part)
  return out.map((each) => each.trim()).filter((each) => each !== '')
}

/** The field that a word names in either language, or by its key. */
export function fieldNamed(word: string, fields: readonly Field[]): Field | undefined {
  const wanted = fold(word)
  return fields.find((field) => [field.key, field.zh, field.en, ...(field.also ?? [])].some((name) => fold(name) === wanted))
}

function choiceNamed(word: string, field: Field): Choice | undefined {
  const wanted = fold(word)
  return field.choices.find((choice) => [choice.value, choice.zh, choice.en, ...(choice.also ?? [])].some((name) => fold(name) === wanted))
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** One value in its language-neutral form, or `undefined` where the field does not know it. */
export function readValue(text: string, field: Field): string | undefined {
  const value = readKind(text, field)
  return value === undefined || field.accepts?.(value) === false ? undefined : value
}

function readKind(text: string, field: Field): string | undefined {
  if (field.kind === 'text') return text
  if (field.kind === 'amount' || field.kind === 'count') return readRange(plain(text), field.kind)
  if (field.kind === 'dates') return readDates(plain(text))
  if (field.kind === 'hours') return readHours(plain(text))
  const choice = choiceNamed(text, field)
  if (choice) return choice.value
  return field.kind === 'entity' && ID.test(text) ? text : undefined
}

/** One value as the reader sees it in a chip. */
export function showValue(value: string, field: Field, language: Language): string {
  if (field.kind === 'amount' || field.kind === 'count') return showRange(value, language)
  if (field.kind === 'dates') return showDates(value, language)
  if (field.kind === 'hours') return showHours(value, language)
  if (field.kind === 'text') return value
  const choice = field.choices.find((each) => each.value === value)
  return choice ? choice[language] : value.slice(0, 8)
}

/** A token's values as one text of the chip. */
export function showToken(token: Token, field: Field, language: Language): string {
  return token.values.map((value) => showValue(value, field, language)).join(language === 'zh' ? '、' : ', ')
}

const quoted = (text: string): string => (/[\s,，、"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text)

/** What a value is typed as: always something that {@link readValue} reads back. */
function typedValue(value: string, field: Field, language: Language): string {
  if (field.kind === 'text') return quoted(value)
  if (field.kind !== 'choice' && field.kind !== 'entity') return showValue(value, field, language).replace(/\s+/g, '')
  const choice = field.choices.find((each) => each.value === value)
  return quoted(choice ? choice[language] : value)
}

/** A token as it is typed in the given language. */
export function typedToken(token: Token, field: Field, language: Language): string {
  const name = quoted(field[language]).replace(/^"(.*)"$/, (_, inner: string) => inner.replace(/\s+/g, '-'))
  return `${name}:${token.values.map((value) => typedValue(value, field, language)).join(',')}`
}

function addToken(tokens: Token[], field: Field, values: readonly string[]): void {
  const there = tokens.find((token) => token.field === field.key)
  if (!there) tokens.push({ field: field.key, values: [...values] })
  else there.values = field.many ? [...new Set([...there.values, ...values])] : [...values]
}

function readPiece(piece: string, fields: readonly Field[], query: Query, words: string[]): void {
  const colon = /[:：]/.exec(piece)
  const name = colon ? piece.slice(0, colon.index) : ''
  if (!colon || name === '' || QUOTES[name.charAt(0)]) {
    words.push(parts(piece).join(' ') || piece)
    return
  }
  const field = fieldNamed(name, fields)
  const rest = piece.slice(colon.index + 1)
  if (!field) {
    query.problems.push({ kind: 'field', field: name, text: rest })
    return
  }
  const good: string[] = []
  const found = parts(rest)
  for (const part of found) {
    const value = readValue(part, field)
    if (value === undefined) query.problems.push({ kind: 'value', field: field.key, text: part })
    else good.push(value)
  }
  if (found.length === 0) query.problems.push({ kind: 'value', field: field.key, text: '' })
  if (good.length > 0) addToken(query.tokens, field, field.many ? [...new Set(good)] : good.slice(-1))
}

/** Reads typed text of either language. A field named twice adds up where it takes several values, else the last one holds. */
export function readQuery(text: string, fields: readonly Field[]): Query {
  const query: Query = { tokens: [], words: '', problems: [] }
  const words: string[] = []
  for (const piece of pieces(text)) readPiece(piece, fields, query, words)
  query.words = words.join(' ')
  return query
}

/** The whole query as typed text. */
export function typedQuery(query: Pick<Query, 'tokens' | 'words'>, fields: readonly Field[], language: Language): string {
  const typed = query.tokens.flatMap((token) => {
    const field = fields.find((each) => each.key === token.field)
    return field ? [typedToken(token, field, language)] : []
  })
  return [...typed, query.words].filter((each) => each !== '').join(' ')
}

/** The form of the route and of saved views: keys and values as they are, the same in both languages. */
export function neutralTokens(tokens: readonly Token[]): string {
  return tokens.map((token) => `${token.field}:${token.values.map(quoted).join(',')}`).join(' ')
}

/** Reads {@link neutralTokens} back. What a field no longer knows is left out. */
export function readNeutral(text: string, fields: readonly Field[]): Token[] {
  return readQuery(text, fields).tokens
}

/** The token list with one field's values set; no values take the token out. */
export function withToken(tokens: readonly Token[], field: string, values: readonly string[]): Token[] {
  if (values.length === 0) return tokens.filter((token) => token.field !== field)
  if (!tokens.some((token) => token.field === field)) return [...tokens, { field, values: [...values] }]
  return tokens.map((token) => (token.field === field ? { field, values: [...values] } : token))
}

/** A field's values, none where it has no token. */
export function valuesOf(tokens: readonly Token[], field: string): string[] {
  return tokens.find((token) => token.field === field)?.values ?? []
}

export interface Hint {
  /** What the typed piece becomes when it is taken. */
  typed: string
  label: string
  detail: string
  /** A field still wants its value; a value makes a whole token. */
  whole: boolean
}

/** What the piece being typed may become: names of fields, then values of the field named. At most twelve. */
export function hintsFor(piece: string, fields: readonly Field[], language: Language): Hint[] {
  const colon = /[:：]/.exec(piece)
  if (!colon) {
    const start = fold(piece)
    return fields
      .filter((field) => [field.key, field.zh, field.en, ...(field.also ?? [])].some((name) => fold(name).startsWith(start)))
      .map((field) => ({ typed: `${typedToken({ field: field.key, values: [] }, field, language)}`, label: field[language], detail: exampleOf(field, language), whole: false }))
      .slice(0, 12)
  }
  const field = fieldNamed(piece.slice(0, colon.index), fields)
  if (!field) return []
  return valueHints(piece.slice(colon.index + 1), field, language)
}

function valueHints(rest: string, field: Field, language: Language): Hint[] {
  const done = parts(rest.slice(0, rest.search(/[^,，、]*$/)))
  const start = fold(rest.slice(rest.search(/[^,，、]*$/)).replaceAll('"', ''))
  const values = field.kind === 'dates' ? DATE_HINTS : field.kind === 'choice' || field.kind === 'entity' ? field.choices.map((choice) => choice.value) : []
  const head = typedToken({ field: field.key, values: [] }, field, language)
  const before = done.map((part) => readValue(part, field)).filter((value) => value !== undefined)
  return values
    .filter((value) => !before.includes(value))
    .filter((value) => namesOf(value, field).some((name) => fold(name).includes(start)))
    .slice(0, 12)
    .map((value) => {
      const kept = field.many ? [...before, value] : [value]
      return { typed: head + kept.map((each) => typedValue(each, field, language)).join(','), label: showValue(value, field, language), detail: '', whole: true }
    })
}

function namesOf(value: string, field: Field): string[] {
  const choice = field.choices.find((each) => each.value === value)
  return choice ? [choice.value, choice.zh, choice.en, ...(choice.also ?? [])] : [value, showValue(value, field, 'zh'), showValue(value, field, 'en')]
}

const DATE_HINTS = ['today', 'yesterday', 'last7d', 'last30d', 'thisweek', 'lastweek', 'thismonth', 'lastmonth', 'last90d', 'last365d']

/** An example for the hint list, in the reader's language. */
export function exampleOf(field: Field, language: Language): string {
  if (field.example !== undefined) return field.example
  if (field.kind === 'amount' || field.kind === 'count') return field.kind === 'amount' ? '>200' : '>=3'
  if (field.kind === 'dates') return showDates('last7d', language).replace(/\s+/g, '')
  if (field.kind === 'hours') return '9-12'
  const first = field.choices.find((choice) => choice[language] !== '')
  return first ? first[language] : ''
}
