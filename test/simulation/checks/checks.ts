import type { Box } from '../../../core/box/state.ts'
import type { Charge } from '../../../core/charge.ts'
import type { LaneEvent } from '../../../core/contract/message.ts'
import type { PatternName } from '../../../core/indicator/pattern.ts'
import { chargeOf } from '../../../core/lane/state.ts'
import type { Row } from '../../../core/ports.ts'
import type { RefundRequest } from '../../../core/wechat/answer.ts'
import type { Runner } from '../../../device/runner.ts'
import type { Disk } from '../disk.ts'
import type { Ground } from '../ground.ts'
import type { Life } from '../life.ts'
import { RealDisk } from '../real-disk.ts'
import type { Till } from '../till.ts'
import { BillCheck } from './bill.ts'
import { BoundCheck } from './bound.ts'
import { CloudedCheck } from './clouded.ts'
import { CodeCheck } from './code.ts'
import { DurabilityCheck } from './durability.ts'
import { EndingCheck } from './ending.ts'
import { GrowthCheck } from './growth.ts'
import { KioskCheck } from './kiosk.ts'
import { LateCheck } from './late.ts'
import { MerchantCheck } from './merchant.ts'
import { MoneyCheck } from './money.ts'
import { RefundCheck } from './refund.ts'
import { RehearsalCheck } from './rehearsal.ts'
import { RestCheck } from './rest.ts'
import { SecretCheck } from './secret.ts'
import { SequenceCheck } from './sequence.ts'
import { TellingCheck } from './telling.ts'

const PAGE = 1_000

/** All checks of a world, told of everything that leaves the box. None of them believes the box; they ask ledger and journal. */
export class Checks {
  readonly #ground: Ground
  readonly #money: MoneyCheck
  readonly #ending: EndingCheck
  readonly #sequence: SequenceCheck
  readonly #code: CodeCheck
  readonly #bound: BoundCheck
  readonly #durability: DurabilityCheck
  readonly #refund: RefundCheck
  readonly #late: LateCheck
  readonly #rest: RestCheck
  readonly #kiosk: KioskCheck
  readonly #merchant: MerchantCheck
  readonly #secret: SecretCheck
  readonly #clouded: CloudedCheck
  readonly #growth: GrowthCheck
  readonly #rehearsal: RehearsalCheck
  readonly #telling: TellingCheck
  readonly #bill: BillCheck

  constructor(ground: Ground) {
    this.#ground = ground
    this.#money = new MoneyCheck(ground)
    this.#ending = new EndingCheck(ground)
    this.#sequence = new SequenceCheck(ground)
    this.#code = new CodeCheck(ground)
    this.#bound = new BoundCheck(ground)
    this.#durability = new DurabilityCheck(ground)
    this.#refund = new RefundCheck(ground)
    this.#late = new LateCheck(ground)
    this.#rest = new RestCheck(ground)
    this.#kiosk = new KioskCheck(ground)
    this.#merchant = new MerchantCheck(ground)
    this.#secret = new SecretCheck(ground)
    this.#clouded = new CloudedCheck(ground)
    this.#growth = new GrowthCheck(ground)
    this.#rehearsal = new RehearsalCheck(ground)
    this.#telling = new TellingCheck(ground)
    this.#bill = new BillCheck(ground)
  }

  restarted(disk: Disk): void {
    this.#code.restarted()
    this.#late.restarted(disk)
    this.#bound.restarted()
    this.#durability.restarted(disk)
    this.#refund.restarted(disk)
    this.#kiosk.restarted(disk)
    this.#telling.restarted()
    this.#growth.restarted(disk)
  }

  /** A call about an order number is made, for the merchant that is configured. */
  called(outTradeNo: string, merchant: string, isSubmit = false): void {
    this.#merchant.called(outTradeNo, merchant, isSubmit)
    this.#money.called(outTradeNo)
  }

  /** A code comes to the box, the first byte of it `ageMs` ago; `deliver` returns when the box has dealt with it. */
  shown(code: string, ageMs: number, deliver: () => void): void {
    this.#secret.shown(code)
    this.#code.shown(code, ageMs, deliver)
  }

  /** A scan was refused, as it happened. */
  scanRefused(reason: string): void {
    this.#code.refused(reason)
  }

  submitted(outTradeNo: string, code: string): void {
    this.#code.submitted(outTradeNo, code)
    this.#durability.submitted(outTradeNo)
    this.#kiosk.submitted(outTradeNo)
  }

  /** The first byte of a submit leaves, or will, at this moment of the world. */
  leaves(outTradeNo: string, at: number): void {
    this.#bound.leaves(outTradeNo, at)
  }

  notSent(outTradeNo: string): void {
    this.#code.notSent(outTradeNo)
  }

  reversed(outTradeNo: string): void {
    this.#bound.reversed(outTradeNo)
    this.#durability.reversed(outTradeNo)
  }

  refundAsked(request: RefundRequest): void {
    this.#refund.asked(request)
  }

  lit(lane: string, pattern: PatternName, box: Box | null): void {
    if (pattern !== 'paid' || box === null) return
    this.#money.shownPaid(lane, box)
    this.#kiosk.shownPaid(lane, box)
  }

  /** A kiosk's lock opens. */
  opened(lane: string, box: Box | null): void {
    this.#kiosk.opened(lane, box)
  }

  written(rows: readonly Row[]): void {
    this.#secret.written(rows)
    this.#kiosk.written(rows)
    this.#money.written(rows)
    this.#durability.written(rows)
    this.#late.written(rows)
  }

  told(lane: string, body: object): void {
    this.#durability.told(lane, body)
    this.#secret.told(body)
    this.#rehearsal.told(body)
    this.#telling.told(lane, body)
  }

  /** The status was told; `wall` is the time by the box's clock. */
  toldStatus(body: object, wall: number): void {
    this.#telling.toldStatus(body, wall)
  }

  /** An event was published, whether or not it arrives. */
  published(lane: string, event: LaneEvent): void {
    this.#sequence.published(lane, event)
    this.#rehearsal.told(event)
  }

  answered(body: object): void {
    this.#durability.answered(body)
    this.#clouded.answered(body)
    this.#secret.told(body)
    this.#rehearsal.told(body)
  }

  /** A line of the log. */
  logged(fields: object): void {
    this.#secret.logged(fields)
  }

  /** Something happened, and the box has dealt with it. */
  looked(life: Life): void {
    const { runner, timers } = life
    const { box } = runner
    this.#bound.looked(box)
    this.#code.looked(box)
    this.#money.looked(box)
    this.#clouded.looked(box)
    this.#growth.looked(runner, timers)
    this.#telling.looked(life)
  }

  async atRest(life: Life, disk: Disk, tills: Iterable<Till>): Promise<void> {
    const { runner, timers } = life
    this.#rest.atRest(runner, disk)
    this.#telling.atRest(life)
    this.#growth.atRest(runner, timers, disk)
    this.#money.count()
    for (const till of tills) {
      const events = allEvents(disk, till.lane)
      const ofCharge = Map.groupBy(events, ({ charge }) => charge.charge_id)
      this.#sequence.atRest(till, events, disk.load().stream)
      const armed = this.#armed(till.lane, runner)
      const { sales } = this.#ground
      for (const sale of sales.all()) {
        if (sale.lane !== till.lane || sale.chargeId === armed?.chargeId) continue
        const held = disk.find({ by: 'charge_id', lane: sale.lane, id: sale.chargeId })
        const own = sales.hasClouded ? till.book.allOf(sale.chargeId) : (ofCharge.get(sale.chargeId) ?? [])
        // What a kiosk sold before it had its broker's word, and no broker has, a new stream does not tell.
        const isUntold = sales.hasClouded && own.length === 0
        if (isUntold || sales.isClouded(sale.chargeId)) {
          this.#clouded.atRest(sale, till, held?.charge ?? null)
          continue
        }
        if (held !== null && this.#ground.settings.kiosks.has(sale.lane)) this.#kiosk.ended(held.charge)
        const ofItself = own.filter(({ type }) => type === 'charge')
        this.#growth.ended(sale.chargeId, own.length)
        this.#ending.atRest(sale, till, held?.charge ?? null, ofItself)
        this.#money.atRest(sale, held?.charge ?? null)
        this.#refund.atRest(sale, till, held)
        this.#late.atRest(sale, held?.charge ?? null, own)
      }
    }
    if (disk instanceof RealDisk && !this.#ground.sales.hasClouded) await this.#bill.atRest(disk.ledger)
  }

  /** What a kiosk has before it, for as long as it takes: it has not ended. Null on a lane with a till. */
  #armed(lane: string, { box }: Runner): Charge | null {
    if (!this.#ground.settings.kiosks.has(lane)) return null
    const book = box.lanes.get(lane)
    const armed = book === undefined ? null : chargeOf(book.lane)
    this.#kiosk.atRest(lane, armed)
    return armed
  }
}

function allEvents(disk: Disk, lane: string): readonly LaneEvent[] {
  const events: LaneEvent[] = []
  for (;;) {
    const page = disk.events(lane, events.at(-1)?.seq ?? 0, PAGE, Number.POSITIVE_INFINITY)
    events.push(...page.events)
    if (!page.more) return events
  }
}
