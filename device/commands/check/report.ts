import type { Finding } from './finding.ts'

const MARKS: Readonly<Record<Finding['state'], string>> = { good: '✓', warning: '!', bad: '✗', left_out: '–' }

/** A line, and the remedy below it. */
export function sayFinding(finding: Finding): string {
  const { part, of, state, says } = finding
  const about = [MARKS[state], part, ...(of === undefined ? [] : [of])].join(' ')
  const line = `${about}: ${state === 'left_out' ? 'left out: ' : ''}${says}\n`
  if (finding.state !== 'bad' && finding.state !== 'warning') return line
  const { reasons = [], remedy } = finding
  return `${line}    ${reasons.length === 0 ? '' : `${reasons.join(', ')}: `}${remedy}\n`
}

export function saySum(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) => findings.filter(finding => finding.state === state).length
  const [bad, warnings, leftOut] = [count('bad'), count('warning'), count('left_out')]
  const beside = [...(warnings > 0 ? [`${warnings} to look at`] : []), ...(leftOut > 0 ? [`${leftOut} left out`] : [])]
  const sum = bad === 0 ? 'nothing is wrong' : `${bad} of ${findings.length} ${bad === 1 ? 'is' : 'are'} wrong`
  return `${[sum, ...beside].join('; ')}\n`
}

export function isGood(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'bad')
}

/** One object on one line; `masked` leaves out of a text what must not be told. */
export function toJson(findings: readonly Finding[], masked = (text: string) => text): string {
  const told = findings.map(finding => ({
    ...finding,
    says: masked(finding.says),
    ...('remedy' in finding ? { remedy: masked(finding.remedy) } : {}),
  }))
  return `${JSON.stringify({ good: isGood(findings), findings: told })}\n`
}
