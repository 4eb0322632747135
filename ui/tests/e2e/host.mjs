// The real program for a browser: its own data folder, its own keyring file, a free port.
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'

const START_MS = 60_000

/** Starts `zhanggui serve`, by default on a data folder of its own, and waits for the address that lets one browser in. */
export async function startHost({ dir = mkdtempSync(join(tmpdir(), 'zhanggui-e2e-')), isKept = false, home = process.env.HOME } = {}) {
  const binary = process.env.ZHANGGUI_BIN
  if (!binary) throw new Error('ZHANGGUI_BIN names the program to try; `cargo xtask e2e` sets it')
  const child = spawn(binary, ['--dir', dir, '--keyring', 'file', '--json', 'serve', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, HOME: home } })
  const waiting = []
  const found = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return
    const { address } = JSON.parse(line)
    if (address) (waiting.shift() ?? ((text) => found.push(text)))(address)
  })
  const nextAddress = () =>
    new Promise((resolve, reject) => {
      if (found.length > 0) return resolve(found.shift())
      const timer = setTimeout(() => reject(new Error('the program printed no address')), START_MS)
      waiting.push((text) => {
        clearTimeout(timer)
        resolve(text)
      })
    })
  return {
    dir,
    nextAddress,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      if (!isKept) rmSync(dir, { recursive: true, force: true })
    },
  }
}

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

/** With `UI_DIST` the screens come from that folder and not out of the program, so that a change of them is seen without building it again. */
export async function takeScreensFrom(context, dist = process.env.UI_DIST) {
  if (!dist) return
  await context.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === '/' && route.request().resourceType() === 'document') {
      const response = await route.fetch({ maxRedirects: 0 })
      return response.status() === 200 ? route.fulfill({ response, body: readFileSync(join(dist, 'index.html')) }) : route.fulfill({ response })
    }
    const file = join(dist, pathname)
    return pathname.startsWith('/assets/') && existsSync(file) ? route.fulfill({ body: readFileSync(file), contentType: TYPES[extname(file)] ?? 'application/octet-stream' }) : route.continue()
  })
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 160 bits in Base32. */
const SECRET = /^[A-Z2-7]{32}$/

/** The authenticator of the own shop: RFC 6238 with SHA-1, 30 s, 6 digits. `steps` looks ahead, since a code counts once. */
export function totp(secret, steps = 0, now_ms = Date.now()) {
  const signs = secret.replaceAll(/[\s=]/g, '').toUpperCase()
  if (!SECRET.test(signs)) throw new Error(`"${secret}" is no secret of an authenticator`)
  let bits = ''
  for (const sign of signs) bits += ALPHABET.indexOf(sign).toString(2).padStart(5, '0')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now_ms / 30_000) + steps))
  const digest = createHmac('sha1', key).update(counter).digest()
  const at = digest[19] & 15
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
