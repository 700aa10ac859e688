#!/bin/bash
# boot.sh ROOT: starts systemd as the first process of a machine of its own, without a kernel of its own: it sees only its folder, its
# processes, its network, which leads nowhere, and its part of the control groups. Ends with the process that it was started as.
set -eu
root=$1
groups=$root.groups
mkdir -p "$groups"
mountpoint -q "$groups" || mount -t cgroup2 none "$groups"
mkdir -p "$groups/tillbridge-$$"
echo $$ >"$groups/tillbridge-$$/cgroup.procs"
umount -l "$groups"
rmdir "$groups"

exec unshare --fork --kill-child --pid --mount --uts --ipc --net --cgroup bash -eu -c '
  root=$1
  mount --make-rprivate /
  mount --bind "$root" "$root"
  cd "$root"
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  for folder in run tmp dev; do mount -t tmpfs tmpfs "$folder"; done
  for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
  done
  mkdir dev/shm dev/pts
  mount -t tmpfs tmpfs dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  hostname counter
  mkdir -p outside
  pivot_root . outside
  umount -l /outside
  mount --make-rshared /
  exec env -i container=tillbridge PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=0
' boot "$root"
