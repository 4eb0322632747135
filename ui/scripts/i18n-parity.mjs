// Both languages are first class: this fails when a key or a placeholder of one language is missing in the other.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('../src/i18n/', import.meta.url).pathname
const problems = []

/** Flattens nested messages to `a.b.c` → text. */
function flatten(node, prefix, out) {
  for (const [key, value] of Object.entries(node)) {
    const path = prefix ? `${prefix}.${key}` : key
    if (typeof value === 'string') out.set(path, value)
    else flatten(value, path, out)
  }
  return out
}

function messages(language, file) {
  return flatten(JSON.parse(readFileSync(join(root, language, file), 'utf8')), '', new Map())
}

const placeholders = (text) => [...new Set(text.match(/\{[a-z0-9_]+\}/gi) ?? [])].sort().join(' ')
const filesOf = (language) => readdirSync(join(root, language)).filter((name) => name.endsWith('.json')).sort()

const zhFiles = filesOf('zh')
const enFiles = filesOf('en')
for (const file of zhFiles) if (!enFiles.includes(file)) problems.push(`en/${file} is missing`)
for (const file of enFiles) if (!zhFiles.includes(file)) problems.push(`zh/${file} is missing`)

let count = 0
for (const file of zhFiles.filter((name) => enFiles.includes(name))) {
  const zh = messages('zh', file)
  const en = messages('en', file)
  for (const [key, text] of zh) {
    count += 1
    const other = en.get(key)
    if (other === undefined) problems.push(`en/${file}: ${key} is missing`)
    else if (placeholders(text) !== placeholders(other)) problems.push(`${file}: ${key} has other placeholders in zh and en`)
    if (text.trim() === '') problems.push(`zh/${file}: ${key} is empty`)
    if (/節點|节点/.test(text)) problems.push(`zh/${file}: ${key} says 节点; the reader knows 本机, 设备 or 总部`)
  }
  for (const [key, text] of en) {
    if (!zh.has(key)) problems.push(`zh/${file}: ${key} is missing`)
    if (/[\u4e00-\u9fff]/.test(text) && !key.endsWith('_both')) problems.push(`en/${file}: ${key} holds Chinese text`)
  }
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n${problems.length} problem(s) in the messages\n`)
  process.exit(1)
}
process.stdout.write(`messages: ${count} keys, the same in zh and en\n`)
