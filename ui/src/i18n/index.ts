/** The languages of the screens. `t` is typed by the Chinese messages; a test holds the English ones to the same keys. */
import { createI18n } from 'vue-i18n'
import { computed, watchEffect } from 'vue'
import type { Language } from '@/rpc/bindings'
import type zhMessages from './zh'

type Messages = typeof zhMessages
type Paths<T, P extends string = ''> = { [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Paths<T[K], `${P}${K}.`> }[keyof T & string]

export type MessageKey = Paths<Messages>
/** By name, or in order for `{0}`, `{1}`. */
export type Params = Record<string, string | number> | (string | number)[]

const i18n = createI18n({ legacy: false, locale: 'zh', fallbackLocale: false, missingWarn: false, fallbackWarn: false, messages: {} })

const LOADERS: Record<Language, () => Promise<{ default: object }>> = { zh: () => import('./zh'), en: () => import('./en') }

/** Changes the language of every screen at once, without a restart. */
export async function setLanguage(language: Language): Promise<void> {
  const { global } = i18n
  if (!global.availableLocales.includes(language)) global.setLocaleMessage(language, (await LOADERS[language]()).default)
  global.locale.value = language
}

export const language = computed<Language>(() => (i18n.global.locale.value === 'en' ? 'en' : 'zh'))
export const localeTag = computed(() => (language.value === 'zh' ? 'zh-CN' : 'en-GB'))
/** Compact figures are 125K in English, as everywhere in trade; British `Intl` writes a small k. */
export const numberTag = computed(() => (language.value === 'zh' ? 'zh-CN' : 'en'))

if (typeof document !== 'undefined') {
  watchEffect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  })
}

/** The text of `key`. Reactive: templates follow the language. */
export function t(key: MessageKey, params?: Params): string {
  return Array.isArray(params) ? i18n.global.t(key, params) : i18n.global.t(key, params ?? {})
}

/** The text of `key` for a count: English messages are written "one | many"; `{n}` is the count, already formatted where given. */
export function tn(key: MessageKey, count: number, params?: Params): string {
  return Array.isArray(params) ? i18n.global.t(key, params, count) : i18n.global.t(key, { n: count, ...params }, count)
}

/** Whether a text exists: for keys that come from the program, such as error codes. */
export function hasText(key: string): key is MessageKey {
  return i18n.global.te(key)
}

export default i18n
