/** The time zones that are offered for a shop, as setting up offers them. */
export const ZONES: readonly string[] = ['Asia/Shanghai', 'Asia/Hong_Kong', 'Asia/Taipei', 'Asia/Singapore', 'Europe/London', 'Europe/Berlin', 'America/New_York', 'America/Los_Angeles']
