// Whole flows in Chromium against the real program: both first starts, sign-in, files, the screens, and what axe finds on each.
// `ZHANGGUI_BIN=… node tests/e2e/run.mjs [PART OF A NAME] [--short]`: `cargo xtask e2e` sets the program and runs all, `./dev test` the short ones.
import { demoShown } from './demo.mjs'
import { alone, browser, story, tally } from './kit.mjs'
import { ownersLife } from './owner.mjs'
import { twoPeople } from './people.mjs'
import { demoScreens, otherScreens } from './screens.mjs'
import { wholeFile } from './whole.mjs'

await story([...demoShown, ...demoScreens, ...wholeFile])
await story(ownersLife)
await story(twoPeople)
await alone(otherScreens)

await browser.close()
for (const name of tally.left) console.log(`left to cargo xtask e2e: ${name}`)
console.log(`${tally.passed} passed, ${tally.failed} failed`)
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1
