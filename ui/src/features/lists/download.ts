/** Hands a file that the program made to the browser. In the desktop window the program writes it itself. */
import type { Download } from '@/rpc/bindings'

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
