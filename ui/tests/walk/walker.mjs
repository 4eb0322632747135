// One who uses the program for the first time: reads words, presses, types, waits. Counts what it costs and where it went wrong.
//
// It knows the screen only by what is written on it. Where a person would try one thing and then another, the job names both in that order:
// what is not there is a wrong turn, with the time it took to see that.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The keystroke-level model of a practised hand: think, point and press, one key. A person new to the screen reads first. */
const THINK_S = 1.35
const READ_S = 1.5
const POINT_S = 1.3
const KEY_S = 0.28
/** How long somebody looks for a word that is not there. */
const LOOK_S = 5
const GIVE_UP_MS = 2_500
/** Making the demo in a development build on a machine that does much else takes minutes. */
const WAIT_MS = 400_000
const PICTURE = { width: 1366, height: 768 }

export function makeWalker(page, language, out) {
  const jobs = []
  let job = null

  const words = (pair) => (typeof pair === 'string' ? pair : pair[language])
  /** Whatever carries the words: a button, a link, a tab, a choice of a menu, a field. */
  function bearing(text) {
    const exact = { name: text, exact: true }
    const roles = ['button', 'link', 'tab', 'menuitem', 'option', 'radio', 'checkbox'].map((role) => page.getByRole(role, exact))
    return roles.reduce((all, one) => all.or(one), page.getByLabel(text, { exact: true })).or(page.getByText(text, { exact: true })).first()
  }
  async function find(candidates, read = READ_S) {
    for (const [index, candidate] of candidates.entries()) {
      const text = typeof candidate === 'object' && 'locate' in candidate ? candidate.says : words(candidate)
      const place = typeof candidate === 'object' && 'locate' in candidate ? candidate.locate(page) : bearing(text)
      const isLast = index === candidates.length - 1
      try {
        await place.waitFor({ timeout: isLast ? WAIT_MS : GIVE_UP_MS })
        job.hand_s += THINK_S + read
        return { place, text }
      } catch (error) {
        if (isLast) throw error
        job.wrong_turns.push(`looked for "${text}"`)
        job.hand_s += LOOK_S
      }
    }
    throw new Error('nothing to look for')
  }

  return {
    jobs,
    async job(name, run) {
      job = { name, language, acts: 0, hand_s: 0, program_s: 0, slowest_s: 0, wrong_turns: [], answer: '' }
      const began_ms = performance.now()
      try {
        job.answer = (await run()) ?? ''
        job.is_done = true
      } catch (error) {
        job.is_done = false
        job.answer = String(error).split('\n')[0]
      }
      job.script_s = (performance.now() - began_ms) / 1000
      await this.picture(`${String(jobs.length + 1).padStart(2, '0')}`)
      jobs.push(job)
    },
    /** Presses what says so; further candidates are what one tries when the first is not there. */
    async press(...candidates) {
      const { place } = await find(candidates)
      await place.click()
      job.acts += 1
      job.hand_s += POINT_S
    },
    async type(field, text) {
      const { place } = await find([field])
      await place.fill(text)
      job.acts += 1
      job.hand_s += POINT_S + KEY_S * text.length
    },
    async keys(text) {
      await page.keyboard.type(text)
      job.acts += 1
      job.hand_s += THINK_S + KEY_S * text.length
    },
    async key(name) {
      await page.keyboard.press(name)
      job.hand_s += KEY_S
    },
    /** Waits for the program's answer; what it takes is the program's time. */
    async see(what) {
      const began_ms = performance.now()
      const place = typeof what === 'function' ? what(page) : page.getByText(words(what)).first()
      await place.waitFor({ timeout: WAIT_MS })
      const took_s = (performance.now() - began_ms) / 1000
      job.program_s += took_s
      job.slowest_s = Math.max(job.slowest_s, took_s)
      return (await place.textContent())?.trim().replaceAll(/\s+/g, ' ') ?? ''
    },
    wrong(turn) {
      job.wrong_turns.push(turn)
      job.hand_s += LOOK_S
    },
    async picture(name) {
      const devtools = await page.context().newCDPSession(page)
      const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 40, clip: { x: 0, y: 0, ...PICTURE, scale: 0.6 } })
      await devtools.detach()
      mkdirSync(join(out, language), { recursive: true })
      writeFileSync(join(out, language, `${name}.webp`), Buffer.from(data, 'base64'))
    },
  }
}
