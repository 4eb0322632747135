/** What the screens remember of a shop while the program runs. Whatever holds such a memory says here how it is forgotten, since another shop or another person must not meet it. */
type Forget = () => void | Promise<unknown>

const forgetters: Forget[] = []

export const forgetWithShop = (forget: Forget): void => void forgetters.push(forget)

/** Forgets all of it; what takes a moment, such as the way to another place, is waited for. */
export async function forgetShop(): Promise<void> {
  await Promise.allSettled(forgetters.map((forget) => forget()))
}
