/** Starts the screens: look and language first, so that nothing jumps, then where the program stands. */
import { createApp } from 'vue'
import App from './App.vue'
import i18n, { setLanguage } from './i18n'
import { router } from './router'
import { startEvents } from './rpc/client'
import { followJobs } from './shell/jobs'
import { followProgram, refreshState } from './shell/session'
import { startTheme } from './shell/theme'
import { followNotices } from './shell/toasts'
import './styles/index.css'

// The key that let this browser in has done its work; it should stay neither in the address bar nor in the history.
if (location.search !== '') history.replaceState(null, '', `${location.pathname}${location.hash}`)

// A file dropped beside its place would take the window away from the shop: the web view would open it.
for (const kind of ['dragover', 'drop'] as const) window.addEventListener(kind, (event) => event.preventDefault())

startTheme()
followProgram()
followJobs()
followNotices()
await refreshState()
// Without an answer from the program the screen still has to say so in words.
if (document.documentElement.lang === '' || i18n.global.availableLocales.length === 0) await setLanguage(navigator.language.startsWith('zh') ? 'zh' : 'en')
createApp(App).use(i18n).use(router).mount('#app')
startEvents()
