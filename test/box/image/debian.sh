#!/bin/bash
# Makes a Debian 12 for arm64 out of packages alone, for virtual boards: `debian.sh FOLDER` leaves there vmlinuz, initrd, pi.dtb (what
# a kernel is told of a Raspberry Pi 3) and root.img (ext4, without a partition table). Needs root, and what `tools.ts` lists. Nothing of
# it starts here but the packages' own installation scripts, by emulation. Ends with 69 where this machine cannot; its last line says why.
# Whatever else fails is an error.
set -euo pipefail
shopt -s extglob
self=$(realpath "$0")
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
export PATH="$PATH:/usr/sbin:/sbin"

# The mirror that apt uses on this machine, which has to be Debian too.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null | grep -v '^#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 || true)

packages=systemd,systemd-sysv,udev,kmod,busybox-static,qemu-guest-agent,libudev1,libusb-1.0-0,libstdc++6,sqlite3,espeak-ng,alsa-utils

cannot() {
  echo "$1" >&2
  exit 69
}

# Programs of the other architecture are run by qemu-user-static.
emulate() {
  local registry=/proc/sys/fs/binfmt_misc
  mountpoint -q $registry || mount -t binfmt_misc none $registry || cannot 'binfmt_misc cannot be mounted: nobody emulates here'
  [[ -e $registry/qemu-aarch64 ]] || cat /usr/lib/binfmt.d/qemu-aarch64.conf >$registry/register ||
    cannot 'qemu-aarch64 cannot be registered: nobody emulates here'
}

# Fetched as apt fetches, by its proxies.
reach() {
  [[ -n $mirror ]] || cannot 'apt names no mirror of Debian on this machine'
  /usr/lib/apt/apt-helper -oAPT::Sandbox::User=root download-file "$mirror/dists/bookworm/InRelease" "$work/InRelease" >&2 ||
    cannot 'no Debian packages can be had'
}

# Without the first hook the root would be made of a Debian of old, and get a Perl for that.
debian() {
  local unread='--dpkgopt=path-exclude=/usr/share'
  mmdebstrap --quiet --mode=root --variant=essential --architectures=arm64 --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io "$unread/man/*" "$unread/locale/*" "$unread/doc/*" \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --customize-hook="bash '$self' --kernel '$work'" \
    bookworm "$root" "$mirror"
}

# The kernel's package is unpacked, not installed: its scripts would make an initramfs of their own, for minutes.
kernel() {
  local package
  cd "$1"
  export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG
  package=$(apt-cache depends linux-image-arm64 | sed -n 's/.*Depends: //p')
  apt-get -qq -oAPT::Sandbox::User=root download "$package"
  dpkg -x "$package"_*.deb kernel
  rm "$package"_*.deb
}

# The drivers that a virtual board can have. The rest is as large as everything else together.
modules() {
  local unused
  cp -a "$work"/kernel/lib/modules "$root"/usr/lib/
  version=$(ls "$root"/usr/lib/modules)
  for unused in sound/!(core|usb|soundcore.ko) drivers/media/!(mc) \
    fs/{xfs,btrfs,ocfs2,gfs2,ceph,cifs,smb,nfs,nfsd,ubifs,f2fs,jfs,reiserfs,afs,dlm} \
    net/{bluetooth,mac80211,wireless} \
    drivers/{gpu,infiniband,staging,iio,md,ata,video,isdn,target,crypto,accel,soundwire,bluetooth,net/wireless,net/ethernet}; do
    rm -rf "$root/usr/lib/modules/$version/kernel"/$unused
  done
  depmod -b "$root" "$version"
}

# Loads what the root file system lies on, mounts it and goes there.
initrd() {
  local ram=$work/initrd program
  mkdir -p "$ram"/{bin,proc,sys,dev,disk,modules}
  cp "$root"/bin/busybox "$ram"/bin/
  for program in sh mount insmod switch_root sleep; do ln -s busybox "$ram/bin/$program"; done
  for module in crc32c_generic ext4 virtio_pci virtio_mmio virtio_blk bcm2835 dwc2; do
    modprobe -d "$root" -S "$version" --show-depends "$module"
  done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$work"/order
  while read -r file; do
    cp "$file" "$ram"/modules/
    basename "$file" >>"$ram"/order
  done <"$work"/order
  cat >"$ram"/init <<'END'
#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
while read -r module; do insmod /modules/$module 2>/dev/null; done </order
read -r line </proc/cmdline
for word in $line; do case $word in disk=*) disk=${word#disk=} ;; esac; done
until mount -t ext4 -o rw,noatime $disk /disk 2>/dev/null; do sleep 0.1; done
for folder in proc sys dev; do mount --move /$folder /disk/$folder; done
exec switch_root /disk /sbin/init
END
  chmod +x "$ram"/init
  (cd "$ram" && find . | cpio --quiet -o -H newc -R 0:0 | zstd -q -3 -f -o "$out"/initrd)
  cp "$work"/kernel/boot/vmlinuz-* "$out"/vmlinuz
  cp "$work"/kernel/usr/lib/linux-image-*/broadcom/bcm2837-rpi-3-b.dtb "$out"/pi.dtb
}

# A name, a network, nobody asked for a password, and nothing that a machine does for people, for other file systems or at night:
# each reset is a boot, and each program that starts in it is a second of emulation.
settle() {
  local unit
  echo counter >"$root"/etc/hostname
  echo '127.0.0.1 localhost counter' >"$root"/etc/hosts
  : >"$root"/etc/resolv.conf
  systemd-id128 new >"$root"/etc/machine-id
  echo '/dev/root / ext4 rw,noatime 0 0' >"$root"/etc/fstab
  printf '[Match]\nName=en*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
    >"$root"/etc/systemd/network/all.network
  ln -sf /lib/systemd/system/systemd-networkd.service "$root"/etc/systemd/system/multi-user.target.wants/
  for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
    systemd-tmpfiles-clean.timer systemd-pstore.service getty.target getty@tty1.service getty-static.service \
    serial-getty@ttyAMA0.service systemd-user-sessions.service systemd-update-utmp.service \
    systemd-update-utmp-runlevel.service systemd-ask-password-console.path systemd-ask-password-wall.path \
    kmod-static-nodes.service systemd-modules-load.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount \
    modprobe@{configfs,dm_mod,drm,efi_pstore,fuse,loop}.service dev-{hugepages,mqueue}.mount \
    sys-{fs-fuse-connections,kernel-config,kernel-debug,kernel-tracing}.mount; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  # What is said in a boot is read in that boot.
  rm -rf "$root"/var/log/journal
  # The Raspberry Pi's network would be one of two drivers', and only one of them knows the link.
  echo 'blacklist cdc_subset' >"$root"/etc/modprobe.d/board.conf
  agent
}

# A Raspberry Pi has no line of its own for the agent, which gets one by USB.
agent() {
  echo 'SUBSYSTEM=="tty", ENV{ID_SERIAL_SHORT}=="AGENT", TAG+="systemd", SYMLINK+="agent", ENV{SYSTEMD_WANTS}+="agent-by-usb.service"' \
    >"$root"/etc/udev/rules.d/99-agent-by-usb.rules
  printf '[Service]\nExecStart=/usr/sbin/qemu-ga --method=isa-serial --path=/dev/agent\n' \
    >"$root"/etc/systemd/system/agent-by-usb.service
}

case $1 in
  --kernel)
    kernel "$2"
    exit
    ;;
  --apart) shift ;;
  # What is mounted in the root is seen from inside alone, and ends with the script. Else one that is killed would leave it mounted, among
  # it this machine's own /dev/shm, and whoever removed the folder would empty that.
  *)
    emulate
    exec unshare --mount --pid --mount-proc --fork --kill-child bash "$self" --apart "$1"
    ;;
esac
out=$(realpath "$1")
work=$out/work
root=$work/root
mkdir -p "$work"
reach
debian
modules
initrd
settle
truncate -s 2G "$out"/root.img
mkfs.ext4 -q -F -L root -E lazy_itable_init=0 -d "$root" "$out"/root.img
rm -rf --one-file-system "$work"
