import { join } from 'node:path'

/** What a machine starts from. */
export interface MachineSettings {
  /** Where its sockets and logs go; a short path, since those of sockets are bounded. */
  readonly folder: string
  /** Holds vmlinuz and initrd. */
  readonly kernel: string
  /** A qcow2 image that is this machine's alone. */
  readonly disk: string
  /** A file in which a running machine was kept (`keep`); without it, the power is switched on. */
  readonly from?: string
  /** What the battery clock shows when the power is switched on, such as `1970-01-01T00:00:00`. Now, unless told. */
  readonly clock?: string
}

/** In the machine's folder: what a sound card plays that is plugged in. */
export const SOUND = 'sound.wav'

/**
 * What guards against attacks within the processor, and against reading old memory, costs the emulation a fifth: at each call of the
 * kernel it forgets where pages are.
 */
const KERNEL = 'quiet loglevel=3 systemd.show_status=0 panic=5 kpti=0 init_on_alloc=0'

/**
 * A board of QEMU's: `virt` for arm64 with Debian's own kernel, all of it by emulation. It has a disk, a network in which 10.0.2.2
 * is this machine's loopback, a GPIO chip (pl061), USB, and a serial port for a gun. A machine that was kept runs on no other.
 * Its time is that of its processor, a nanosecond an instruction: however slow this machine is, the guest never feels it.
 * `unsafe` is its disk towards this machine only: what the guest has flushed outlives a reset of the guest, which is what is tested.
 */
export function argumentsOf({ folder, kernel, disk, from, clock }: MachineSettings): string[] {
  const socket = (id: string) => ['-chardev', `socket,id=${id},path=${join(folder, id)},server=on,wait=off`]
  return [
    ...['-M', 'virt,gic-version=2', '-cpu', 'cortex-a53', '-m', '1G', '-accel', 'tcg,thread=single', '-icount', 'shift=0'],
    ...['-nodefaults', '-display', 'none', '-kernel', join(kernel, 'vmlinuz'), '-initrd', join(kernel, 'initrd')],
    ...['-append', `console=ttyAMA0 disk=/dev/vda ${KERNEL}`],
    ...['-rtc', `base=${clock ?? 'utc'}`, '-serial', `file:${join(folder, 'console')}`],
    ...[...socket('monitor'), '-mon', 'chardev=monitor,mode=control'],
    ...['-drive', `if=none,id=disk,format=qcow2,file=${disk},cache=unsafe`, '-device', 'virtio-blk-pci,drive=disk'],
    ...['-netdev', 'user,id=network', '-device', 'virtio-net-pci,netdev=network,romfile='],
    ...['-device', 'virtio-serial-pci', ...socket('agent')],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...[...socket('uart'), '-device', 'pci-serial,chardev=uart'],
    ...['-device', 'qemu-xhci,id=usb', ...socket('usb-serial')],
    ...['-audiodev', `wav,id=speaker,path=${join(folder, SOUND)}`],
    ...['-trace', 'pl061_set_output', '-D', join(folder, 'trace')],
    ...(from === undefined ? [] : ['-incoming', `exec:cat '${from}'`]),
  ]
}
