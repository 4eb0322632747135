/** Brings a file of the person to the program, piece by piece, so that no size is too large and progress can be shown. */
import { rpc } from '@/rpc/client'

/** Before base64; the program takes at most 1 MiB. */
const CHUNK_BYTES = 512 * 1024
/** `String.fromCodePoint` takes its arguments on the stack. */
const STACK_SIGNS = 32_768

function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += STACK_SIGNS) text += String.fromCodePoint(...bytes.subarray(at, at + STACK_SIGNS))
  return btoa(text)
}

/** Gives the id of the upload. `isStopped` is looked at between pieces. */
export async function upload(file: File, onProgress: (share: number) => void, isStopped: () => boolean = () => false): Promise<string | null> {
  let upload_id: string | null = null
  let offset = 0
  do {
    if (isStopped()) return null
    const bytes = new Uint8Array(await file.slice(offset, offset + CHUNK_BYTES).arrayBuffer())
    const taken: { upload_id: string } = await rpc('upload_chunk', { upload_id, file_name: file.name, offset, base64: base64Of(bytes) })
    upload_id = taken.upload_id
    offset += bytes.length
    onProgress(file.size === 0 ? 1 : offset / file.size)
  } while (offset < file.size)
  return upload_id
}
