import { join } from 'node:path'
import { type Board, CHIPS } from './gpio.ts'

/** What a machine starts from. */
export interface MachineSettings {
  /** Where its sockets and logs go; a short path, since those of sockets are bounded. */
  readonly folder: string
  /** `virt`, unless told. */
  readonly board?: Board
  /** Holds vmlinuz, initrd and pi.dtb. */
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
 * A board of QEMU's for arm64 with Debian's own kernel, all of it by emulation. Its time is that of its processor, a nanosecond an
 * instruction: however slow this machine is, the guest never feels it. `unsafe` is its disk towards this machine only: what the
 * guest has flushed outlives a reset of the guest, which is what is tested.
 */
export function argumentsOf(settings: MachineSettings): string[] {
  const { folder, kernel, board = 'virt' } = settings
  return [
    ...['-nodefaults', '-display', 'none', '-accel', 'tcg,thread=single', '-icount', 'shift=0', '-m', '1G'],
    ...['-kernel', join(kernel, 'vmlinuz'), '-initrd', join(kernel, 'initrd')],
    ...[...socket(folder, 'monitor'), '-mon', 'chardev=monitor,mode=control'],
    ...['-netdev', 'user,id=network', ...socket(folder, 'agent'), ...socket(folder, 'usb-serial')],
    ...['-trace', CHIPS[board].trace],
    ...(board === 'virt' ? virt(settings) : raspberryPi(settings)),
  ]
}

/** Disk, network, a GPIO chip (pl061), USB, and a serial port for a gun. A machine that was kept runs on no other. */
function virt({ folder, disk, from, clock }: MachineSettings): string[] {
  return [
    ...['-M', 'virt,gic-version=2', '-cpu', 'cortex-a53', '-append', `console=ttyAMA0 disk=/dev/vda ${KERNEL}`],
    ...['-rtc', `base=${clock ?? 'utc'}`, '-serial', `file:${join(folder, 'console')}`],
    ...['-drive', `if=none,id=disk,format=qcow2,file=${disk},cache=unsafe`, '-device', 'virtio-blk-pci,drive=disk'],
    ...['-device', 'virtio-net-pci,netdev=network,romfile=', '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...[...socket(folder, 'uart'), '-device', 'pci-serial,chardev=uart', '-device', 'qemu-xhci,id=usb'],
    ...['-audiodev', `wav,id=speaker,path=${join(folder, SOUND)}`],
    ...(from === undefined ? [] : ['-incoming', `exec:cat '${from}'`]),
  ]
}

/**
 * Its kernel is heard as from before it had drivers, on the UART that Bluetooth has, which is not there; what is sent to QEMU's other
 * one does not reach a program. So network, agent and gun are all plugged in by USB, and stay so.
 */
function raspberryPi({ folder, kernel, disk }: MachineSettings): string[] {
  const console = 'console=tty0 earlycon=pl011,mmio32,0x3f201000 keep_bootcon'
  const converter = (id: string, name: string) => ['-device', `usb-serial,chardev=${id},always-plugged=on,serial=${name}`]
  return [
    ...['-M', 'raspi3b', '-dtb', join(kernel, 'pi.dtb'), '-append', `${console} disk=/dev/mmcblk0 ${KERNEL}`],
    ...['-serial', `file:${join(folder, 'console')}`, '-drive', `if=sd,format=qcow2,file=${disk},cache=unsafe`],
    ...['-device', 'usb-net,netdev=network', ...converter('agent', 'AGENT'), ...converter('usb-serial', 'GUN0001')],
  ]
}

function socket(folder: string, id: string): string[] {
  return ['-chardev', `socket,id=${id},path=${join(folder, id)},server=on,wait=off`]
}
