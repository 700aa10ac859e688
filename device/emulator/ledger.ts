/** One movement of a customer's money, in fen. */
export type LedgerEntry = {
  readonly at: number
  readonly customer: string
  readonly mchId: string
  readonly outTradeNo: string
  readonly kind: 'debit' | 'credit'
  readonly fen: number
  readonly reason: 'payment' | 'late_payment' | 'reverse' | 'refund'
}

/** What was taken from customers and given back to them, in fen. */
export type LedgerSum = { readonly debitedFen: number; readonly creditedFen: number }

/** What each customer paid and got back. It is the truth that a payment box's word is compared with. */
export class Ledger {
  readonly #byOrder = new Map<string, LedgerEntry[]>()
  #debitedFen = 0
  #creditedFen = 0

  record(entry: LedgerEntry): void {
    if (entry.kind === 'debit') this.#debitedFen += entry.fen
    else this.#creditedFen += entry.fen
    const entries = this.#byOrder.get(entry.outTradeNo)
    if (entries) entries.push(entry)
    else this.#byOrder.set(entry.outTradeNo, [entry])
  }

  /** The movements of one order number, of all merchants, oldest first. */
  ofOrder(outTradeNo: string): readonly LedgerEntry[] {
    return this.#byOrder.get(outTradeNo) ?? []
  }

  /** The movements of one customer, order by order. */
  ofCustomer(name: string): LedgerEntry[] {
    return this.all().filter(entry => entry.customer === name)
  }

  /** Every movement still remembered, order by order. */
  all(): LedgerEntry[] {
    return [...this.#byOrder.values()].flat()
  }

  /** What one order number still costs its customer, in fen: debits less credits. */
  netFen(outTradeNo: string): number {
    let net = 0
    for (const { kind, fen } of this.ofOrder(outTradeNo)) net += kind === 'debit' ? fen : -fen
    return net
  }

  /** The sums over all orders, the forgotten ones too. */
  total(): LedgerSum {
    return { debitedFen: this.#debitedFen, creditedFen: this.#creditedFen }
  }

  /** Forgets the movements of one order number; the sums stay. */
  forget(outTradeNo: string): void {
    this.#byOrder.delete(outTradeNo)
  }
}
