/** A word for the technician, as the reference, the log and `tillbridge check` explain it. */
interface Trouble {
  readonly means: string
  /** What to do. */
  readonly remedy: string
}

/** Why a lane takes no charge: stable words, told in `status` and `state`. */
export const NOT_READY = {
  gateway_unproven: {
    means: 'since the start, or since WeChat Pay complained of the set-up, no verified answer has come',
    remedy: 'wait a few seconds; it goes, or gives way to another word',
  },
  gateway_unreachable: {
    means: 'no host could be reached, or what answered was not WeChat Pay',
    remedy: 'network or firewall towards port 443 of `gateway.hosts`',
  },
  gateway_dns: {
    means: "beside `gateway_unreachable`: no host's name was found",
    remedy: "network, the router's DNS, `/etc/resolv.conf`",
  },
  gateway_proxy: {
    means: 'beside `gateway_unreachable`: the proxy is away, or refuses',
    remedy: '`gateway.proxy`, its user and password, and its list of hosts that may be reached',
  },
  gateway_tls: {
    means: 'a connection stands, and the TLS handshake fails',
    remedy: 'look for a proxy that opens TLS; check `gateway.ca_file`',
  },
  clock: {
    means:
      "WeChat Pay's certificate, or with `register_tls` the broker's, seems to be outside its dates; or a charge with `expires_at` came while the clock is not known to be right",
    remedy: 'set the time; see that NTP is reached and the board keeps time',
  },
  api_key: {
    means: 'WeChat Pay refuses the signature, or its own does not match',
    remedy: "put the merchant's APIv2 key into `merchant.api_key_file`; check `sign_type`; restart",
  },
  app_id: {
    means: 'WeChat Pay does not know `app_id`, or answers for another; with `mch_id`: the two are not bound to each other',
    remedy: 'compare with the merchant platform; restart',
  },
  mch_id: {
    means: 'WeChat Pay does not know `mch_id`, or answers for another merchant or sub-merchant',
    remedy: 'compare `mch_id` and `sub_mch_id` with the merchant platform; restart',
  },
  not_permitted: {
    means: 'the merchant has no permission for this call',
    remedy: 'have payment by code opened on the merchant platform',
  },
  misconfigured: {
    means: 'WeChat Pay refuses the form of the call',
    remedy: "compare the merchant's ids, and those of the sub-merchant, with the merchant platform",
  },
  certificate: {
    means:
      'the client certificate is absent, cannot be read, or WeChat Pay refuses it, say as expired; with `gateway_unreachable`: only the call that shows it got no answer',
    remedy: 'fetch a new pair from the merchant platform; restart; or set `undo: none`',
  },
  other_merchant: {
    means: "the lane has orders of another merchant that have not ended; nobody is asked about them with this merchant's key",
    remedy: 'configure that merchant until `undoing` is 0, then this one; or say how they ended, with `journal settle`',
  },
  storage: {
    means: 'the journal fails, or has taken nothing for two seconds',
    remedy:
      "disk full, read-only or worn; it goes by itself once a write succeeds; where the log says `journal_damaged` only a restart helps, which sets the journal aside with all that is open in it: let what customers have begun end first, and compare the days' bills (`reconcile`)",
  },
  stopping: { means: 'the box is being stopped in order', remedy: 'start it again' },
  register_offline: {
    means: 'no link to the broker; `register_auth` or `register_tls` beside it says why, where a person has to mend it',
    remedy: "`register.url`, network, the broker's log",
  },
  register_auth: {
    means: 'the broker does not accept the box: user name, password, certificate, or the right to subscribe to its commands',
    remedy: 'compare `username` and `password_file` with the broker; its access list',
  },
  register_tls: {
    means: "no encrypted connection: the broker's certificate, or the box's own, is not accepted, or what answers speaks no TLS",
    remedy: "`ca_file`, `certificate_file`, the host in `register.url`, the box's clock",
  },
  duplicate_box: {
    means: 'another box of this name is online at the broker',
    remedy: 'give one of them another `box`, or switch one off; a copied card: two boxes of one name',
  },
  events_refused: {
    means: 'the broker refuses what the box publishes (MQTT 5 only)',
    remedy: "the broker's access list: what the box must write",
  },
  scanner_opening: {
    means: 'the box has just started, and opens the gun',
    remedy: 'wait a moment; it goes, or gives way to another word',
  },
  scanner_missing: {
    means: 'there is no such device',
    remedy: 'plug the gun in; compare `scanner` with what `tillbridge guns` lists',
  },
  scanner_ambiguous: {
    means: 'more than one device fits what `scanner` says',
    remedy: 'name the gun by `usb`, `serial_number` or `port`: `tillbridge guns` prints the line',
  },
  scanner_taken: { means: 'another program has the line', remedy: 'end it; a second box, a terminal program or a modem manager' },
  scanner_no_permission: {
    means: "the box's user may not open the device",
    remedy: "add the user to the device's group, mostly `dialout`; for `hid` install the udev rules; restart",
  },
  scanner_console: {
    means: '`hid` only: what the gun types would reach the console too, so it is not read',
    remedy: 'install the udev rules (`systemd/60-tillbridge.rules`) and plug the gun in again; Linux 5.11 or later',
  },
  scanner_driver: {
    means: '`hid` only: the add-on node-hid cannot be loaded',
    remedy: 'install it (`npm ci` with optional packages), and the system packages libusb-1.0-0 and libudev1; restart',
  },
  scanner_unplugged: {
    means: 'the gun was there and is gone',
    remedy: 'plug it in again; it is found within 2 s; else cable and hub',
  },
  scanner_ended: { means: '`terminal` only: the standard input has ended', remedy: 'start the box on a terminal' },
  scanner_failed: { means: 'the device fails in another way', remedy: 'another gun or port' },
  lock_missing: {
    means: "there is no such line for the kiosk's lock",
    remedy: 'compare `lock.line` with the wiring, and with what `gpioinfo` lists',
  },
  lock_taken: {
    means: "another program, or a driver of the kernel, has the line of the kiosk's lock",
    remedy: '`gpioinfo` says which: end it, or wire the lock to another line',
  },
  lock_no_permission: {
    means: "the box's user may not use the line of the kiosk's lock",
    remedy: 'add the user to the group of `/dev/gpiochip0` and `/sys/class/gpio`, mostly `gpio`; restart',
  },
  lock_failed: {
    means: "the line of the kiosk's lock fails in another way, or its driver does not load",
    remedy: 'the log says how; look at the wiring, or choose another `lock.driver`',
  },
} as const satisfies Readonly<Record<string, Trouble>>

export type NotReady = keyof typeof NOT_READY

export const NOT_READY_WORDS = Object.keys(NOT_READY) as readonly NotReady[]

/** What a technician should know of although every lane may be ready: stable words, told in `status`. */
export const WARNINGS = {
  journal_set_aside: {
    means: 'the journal was damaged and was moved to a name with `.set-aside-` in it; a new stream began',
    remedy: "keep that file, compare the day's bill with the registers, and look at the disk",
  },
  event_restored: {
    means: 'an event in the journal could not be read any more; it was told with its charge as that stands (`restored`)',
    remedy: "the log names the charges: look them up; compare the day's bill with the registers, and look at the disk",
  },
  journal_unreadable: {
    means:
      'something in the journal cannot be read any more: an order number that is not looked at again for late money, or an event whose charge cannot be read either, behind which its lane tells no more events',
    remedy:
      "the log names it: compare the days' bills with the registers (`reconcile`), and look at the disk; where events wait, stop the box, move the journal away, and start it: a new stream begins",
  },
  clock_wrong: {
    means: "the box's clock is more than five minutes off WeChat Pay's, by `clock_skew_s`; payments go on, times are wrong",
    remedy: 'set the time; see that NTP is reached and the board keeps time',
  },
  journal_doubted: {
    means:
      'the journal came out of another board, or is behind what the box has told registers; a new stream began, and what is open in it is not undone',
    remedy:
      'the charges with `journal_doubted`: compare `transaction_id`, or the merchant platform, with what the register sold, and say how they ended, with `journal settle`; where there are kiosks, `reconcile` of the days before names sales that no register heard of',
  },
  other_merchant: {
    means: 'a lane, maybe one that is not configured any more, has orders of another merchant that have not ended',
    remedy: 'as for the lane; the log names the charges',
  },
  bill_differs: {
    means: 'the last bill that the box compared by itself differs from the journal, or from what registers were told',
    remedy: 'the log names the day; `tillbridge reconcile --date` with that day says what; it goes when a bill agrees',
  },
  needs_person: {
    means:
      'WeChat Pay refuses to undo an order or to give it back, its answers have settled nothing for hours, or with `undo: none` the box cannot',
    remedy: "the lane's `needs_person` names it, and so does the log",
  },
  lock_stayed_shut: {
    means: 'somebody paid at a kiosk and counts as served, and the lock did not open: its line failed in that very moment',
    remedy: 'the log names the charge: open by hand, or give it back by `refund`; look at the line; it goes with the next start',
  },
  scans_unencrypted: {
    means: '`register.scans` is on, and the link to the broker is neither encrypted nor on this machine: every `scan` is refused',
    remedy: '`mqtts` or `wss` in `register.url`, or `scans: false`',
  },
} as const satisfies Readonly<Record<string, Trouble>>

export type Warning = keyof typeof WARNINGS

export const WARNING_WORDS = Object.keys(WARNINGS) as readonly Warning[]

/** What a log says of a word. */
export function explain(word: NotReady | Warning): string {
  const { means, remedy } = { ...WARNINGS, ...NOT_READY }[word]
  return `${word}: ${means}; ${remedy}`
}
