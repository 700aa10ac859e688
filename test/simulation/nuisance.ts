import type { ErrorCode } from '../../core/contract/error-code.ts'
import type { ChargeView } from '../../core/contract/message.ts'
import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Sale } from './sale.ts'
import type { Scan } from './shopper.ts'
import type { Post, Till } from './till.ts'

type Answer = { readonly ok: true; readonly charge?: ChargeView } | { readonly ok: false; readonly error: { code: ErrorCode } }

/** What a charge that is there cannot be answered. */
const CONTRADICTION: ReadonlySet<string> = new Set(['conflict', 'stale', 'unknown_charge'])

/**
 * A second register on the lanes that does everything wrong: it sends what others have sent already, with other amounts, too late, or
 * about nothing; and it scans whenever it likes. Nothing of this may charge anybody, or change what there is.
 */
export class Nuisance {
  readonly #ground: Ground
  readonly #tills: readonly Till[]
  readonly #post: Post
  readonly #scan: Scan
  #requests = 0
  #takeBack = () => {}

  constructor(ground: Ground, tills: Iterable<Till>, post: Post, scan: Scan) {
    this.#ground = ground
    this.#tills = [...tills]
    this.#post = post
    this.#scan = scan
  }

  /** It keeps away while the box is off: what it sends then arrives nowhere. */
  boxIs(there: boolean): void {
    this.#takeBack()
    if (there) this.#next()
  }

  #next(): void {
    const { clock, plan, weather } = this.#ground
    if (weather.nuisanceMean === 0) return
    const name = `nuisance/${plan.nth('nuisance')}`
    const dice = plan.dice(name)
    this.#takeBack = clock.after(dice.wait(weather.nuisanceMean), () => {
      if (this.#ground.weather.nuisanceMean === 0) return
      if (plan.keeps(name)) this.#act(dice)
      this.#next()
    })
  }

  #act(dice: Dice): void {
    const { sales } = this.#ground
    const till = this.#tills[dice.between(0, this.#tills.length - 1)]
    const known = [...(till?.accepted ?? [])].flatMap(id => (sales.isClouded(id) ? [] : (sales.withCharge(id) ?? [])))
    const sale = known[dice.between(0, known.length - 1)]
    if (till === undefined || sale === undefined || this.#ground.settings.kiosks.has(till.lane)) return
    const act = dice.pick([
      () => this.#repeatsCharge(sale),
      () => this.#countsFromOne(sale),
      () => this.#chargesTooLate(till),
      () => this.#cancelsNothing(till),
      () => this.#asksBackAnother(till),
      () => this.#scansUnasked(sale),
    ])
    act()
  }

  /** The same charge once more: it is the same, however it stands by now. */
  #repeatsCharge({ lane, chargeId, amount }: Sale): void {
    this.#send('repeats a charge', lane, 'charge', { charge_id: chargeId, amount }, answer => {
      if (answer.ok && (answer.charge?.charge_id !== chargeId || answer.charge.amount !== amount))
        this.#wrong(chargeId, 'a charge that was repeated is another one')
      if (!answer.ok && CONTRADICTION.has(answer.error.code))
        this.#wrong(chargeId, `a charge that was repeated is refused: ${answer.error.code}`)
    })
  }

  /** A till that was started anew: its first sale has the id of an earlier one. */
  #countsFromOne({ lane, chargeId, amount }: Sale): void {
    this.#send('counts from 1 again', lane, 'charge', { charge_id: chargeId, amount: amount + 1 }, answer => {
      if (answer.ok) this.#wrong(chargeId, 'a charge that was there took another amount')
    })
  }

  #chargesTooLate({ lane }: Till): void {
    const expiresAt = new Date(this.#ground.clock.wall - 3_600_000).toISOString()
    const chargeId = `too-late-${this.#requests}`
    this.#send('charges too late', lane, 'charge', { charge_id: chargeId, amount: 1, expires_at: expiresAt }, answer => {
      if (answer.ok) this.#wrong(chargeId, 'a charge was taken whose time had passed')
    })
  }

  #cancelsNothing({ lane }: Till): void {
    this.#send('cancels nothing', lane, 'cancel', { charge_id: `nobody-${this.#requests}` }, answer => {
      if (answer.ok) this.#wrong(null, 'a charge was cancelled that never was')
    })
  }

  /** A refund that was accepted, with another amount. */
  #asksBackAnother({ lane, backOffice }: Till): void {
    const [refundId, asked] = [...backOffice.accepted].at(-1) ?? []
    if (refundId === undefined || asked === undefined || this.#ground.sales.isClouded(asked.sale.chargeId)) return
    const { sale, amount } = asked
    const fields = { refund_id: refundId, charge_id: sale.chargeId, amount: amount === 1 ? 2 : amount - 1 }
    this.#send('asks back another amount', lane, 'refund', fields, answer => {
      if (answer.ok) this.#wrong(sale.chargeId, 'a refund that was there took another amount')
    })
  }

  /** A customer's fresh code at the wrong moment. */
  #scansUnasked({ lane, customer }: Sale): void {
    this.#ground.story.met('nuisance', 'scans unasked')
    this.#scan(lane, `${this.#ground.engine.issueCode(customer)}\r`, 20)
  }

  #send(what: string, lane: string, verb: string, fields: object, onAnswer: (answer: Answer) => void): void {
    this.#requests += 1
    this.#ground.story.met('nuisance', what)
    this.#ground.story.tell(null, () => `somebody ${what}: ${JSON.stringify(fields)}`)
    this.#post(lane, verb, { request_id: `nuisance-${this.#requests}`, ...fields }, body => onAnswer(body as Answer))
  }

  #wrong(chargeId: string | null, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
