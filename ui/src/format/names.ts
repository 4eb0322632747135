/** What a currency and a zone are called, beside their codes. */
import { localeTag } from '@/i18n'

/** 人民币 CNY / Chinese Yuan CNY */
export const currencyName = (code: string): string => `${new Intl.DisplayNames(localeTag.value, { type: 'currency' }).of(code) ?? code} ${code}`

/** 中国标准时间 Shanghai / China Standard Time Shanghai; `name` is that of the IANA. */
export function zoneName(name: string): string {
  const parts = new Intl.DateTimeFormat(localeTag.value, { timeZone: name, timeZoneName: 'longGeneric' }).formatToParts(0)
  const word = parts.find((part) => part.type === 'timeZoneName')?.value ?? name
  return `${word} ${name.split('/').at(-1)?.replaceAll('_', ' ') ?? ''}`
}
