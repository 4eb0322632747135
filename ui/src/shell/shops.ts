/** The shops chosen in the top bar; none chosen means all. */
import { ref } from 'vue'
import { forgetWithShop } from './forget'
import { keep, kept } from './kept'
import { appState } from './session'

const key = () => `shops.${appState.value?.store ?? 'own'}`
export const shopIds = ref<string[]>([])
forgetWithShop(() => {
  shopIds.value = []
})

export function chooseShops(ids: string[]): void {
  shopIds.value = ids
  keep(key(), ids)
}

/** Takes up the last choice, as far as these shops still exist. */
export function recallShops(existing: readonly string[]): void {
  shopIds.value = kept<string[]>(key(), []).filter((id) => existing.includes(id))
}
