import type { Excerpt } from './plan.ts'

const HEALS = 'heals'

/** An excerpt as one word of a command line: `sale-3@61234,submit/sale-3/1/0/answer-lost,heals@700000`. */
export function writeExcerpt({ sales, faults, healsAt }: Excerpt): string {
  const heals = healsAt === null ? [] : [`${HEALS}@${healsAt}`]
  return [...[...sales].map(([sale, at]) => `${sale}@${at}`), ...faults, ...heals].join(',')
}

/** Null for what is none. */
export function readExcerpt(text: string): Excerpt | null {
  const sales = new Map<string, number>()
  const faults = new Set<string>()
  let healsAt: number | null = null
  for (const item of text.split(',')) {
    const [name = '', at, more] = item.split('@')
    const ms = Number(at)
    if (name === '' || more !== undefined || (at !== undefined && !Number.isSafeInteger(ms))) return null
    if (at === undefined) faults.add(name)
    else if (name === HEALS) healsAt = ms
    else sales.set(name, ms)
  }
  return { sales, faults, healsAt }
}
