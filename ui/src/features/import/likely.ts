/** Which shop a file belongs to, as far as can be told before the person says it. */
import type { ShopRow } from '@/rpc/bindings'

/** The shop of that name, else the only one there is; '' for one that is to be made. The program takes a name that is there for the shop that has it, so the screen says so too. */
export function likelyShop(shops: readonly Pick<ShopRow, 'id' | 'name'>[], name: string, isOfOneShop = true): string {
  const named = shops.find((shop) => shop.name === name)
  return named?.id ?? (isOfOneShop && shops.length === 1 ? (shops[0]?.id ?? '') : '')
}

/** What a shop that is to be made may be called: nothing yet, where that name is taken. Under it the file would go into the shop that is there. */
export const nameForNew = (shops: readonly Pick<ShopRow, 'name'>[], name: string): string => (shops.some((shop) => shop.name === name) ? '' : name)
