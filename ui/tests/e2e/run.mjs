// Whole flows in Chromium against the real program: both first starts, sign-in, files, the screens, and what axe finds on each.
// `ZHANGGUI_BIN=… node tests/e2e/run.mjs [PART OF A NAME] [--long]`: `cargo xtask e2e` sets the program.
import { demoShown } from './demo.mjs'
import { alone, browser, isLong, story, tally } from './kit.mjs'
import { ownersLife } from './owner.mjs'
import { demoScreens, otherScreens } from './screens.mjs'
import { wholeFile, wholeFileTakenBack } from './whole.mjs'

await story([...demoShown, ...demoScreens, ...wholeFile, ...(isLong ? wholeFileTakenBack : [])])
await story(ownersLife)
await alone(otherScreens)

await browser.close()
console.log(`${tally.passed} passed, ${tally.failed} failed`)
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1
