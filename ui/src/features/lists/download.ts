/** Hands a file that the program made to the browser. In the desktop window the program writes it itself. */
import { t } from '@/i18n'
import type { Download } from '@/rpc/bindings'
import { isDesktop } from '@/rpc/client'
import { say } from '@/shell/toasts'

const TYPES: Readonly<Record<string, string>> = { csv: 'text/csv;charset=utf-8', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
/** The browser reads the file after the click returns. */
const KEPT_MS = 60_000

export function saveFile(file: Download): void {
  const bytes = Uint8Array.from(atob(file.base64), (sign) => sign.charCodeAt(0))
  const type = TYPES[file.file_name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  const url = URL.createObjectURL(new Blob([bytes], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = file.file_name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}

/** Hands a file over and says where it is: a browser takes it itself; the desktop window, and a file too large to send, are told where it lies. */
export function handOver(file: Download): void {
  const isSent = file.base64 !== '' && (!isDesktop || file.path === null)
  if (isSent) saveFile(file)
  say(isSent || file.path === null ? t('lists.export.done', { file: file.file_name }) : t('lists.export.done_at', { path: file.path }))
}
