#!/usr/bin/python3
# test-fuse-destinations.py: downloads into vfat, exFAT, NTFS and network-like folders
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: test-fuse-destinations.py DOWNLOAD-INTO

Makes images and mounts them with FUSE drivers; a driver that is not installed,
or cannot mount here, is skipped with the reason. TAP."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

HELPER = os.path.abspath(sys.argv[1])
IMAGE_SIZE = 96 * 1024 * 1024
WINDOWS_NAMES = {
    'share/what?.txt': 'share/what_.txt',
    'share/what*.txt': 'share/what_ (1).txt',
    'share/con.txt': 'share/con_.txt',
    'share/dot.': 'share/dot_',
    'share/sub: one/\u00fcn\u00ef \u540d.txt': 'share/sub_ one/\u00fcn\u00ef \u540d.txt',
}
# The FAT driver has no other characters, and no times.
ASCII_NAMES = {name: mapped for name, mapped in WINDOWS_NAMES.items() if name.isascii()}
ASCII_NAMES['share/sub: one/uni.txt'] = 'share/sub_ one/uni.txt'


class Skip(Exception):
    pass


class Failure(Exception):
    pass


def need(*programs):
    for program in programs:
        if shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin:/sbin') is None:
            raise Skip(f'{program} is not installed')


def run(*command, **options):
    env = dict(os.environ, PATH=os.environ['PATH'] + ':/usr/sbin:/sbin')
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env=env, timeout=60, **options)
    if result.returncode != 0:
        raise Skip(f'{" ".join(command)}: {result.stdout.strip().splitlines()[-1:]}')
    return result.stdout


def make_image(folder):
    image = os.path.join(folder, 'image')
    with open(image, 'wb') as file:
        file.truncate(IMAGE_SIZE)
    return image


class Mount:
    """A mounted folder; `path` is where, close() undoes all of it."""

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, 'mount')
        self.children = []
        self.loop = None
        os.mkdir(self.path)

    def wait(self):
        for _ in range(100):
            if os.path.ismount(self.path):
                return
            time.sleep(0.05)
        raise Skip('the driver does not mount here')

    def close(self):
        if os.path.ismount(self.path):
            # The driver may still be busy with the last close.
            for _ in range(20):
                if subprocess.run(['umount', self.path], stderr=subprocess.DEVNULL).returncode == 0:
                    break
                if subprocess.run(['fusermount3', '-u', self.path],
                                  stderr=subprocess.DEVNULL).returncode == 0:
                    break
                time.sleep(0.1)
        for child in self.children:
            child.terminate()
            child.wait()
        if self.loop:
            subprocess.run(['losetup', '-d', self.loop], check=False)


def mount_vfat(mount):
    need('mkfs.vfat', 'fusefat')
    image = make_image(mount.folder)
    run('mkfs.vfat', '-F', '32', '-s', '1', image)
    mount.children.append(subprocess.Popen(['fusefat', '-o', 'rw+', '-f', image, mount.path],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    mount.wait()


def mount_exfat(mount):
    need('mkfs.exfat', 'mount.exfat-fuse', 'losetup')
    if os.geteuid() != 0:
        raise Skip('the exFAT driver wants a block device, and a loop device wants root')
    image = make_image(mount.folder)
    run('mkfs.exfat', image)
    mount.loop = run('losetup', '-f', '--show', image).strip()
    run('mount.exfat-fuse', mount.loop, mount.path)
    mount.wait()


def mount_ntfs(mount):
    need('mkntfs', 'ntfs-3g')
    image = make_image(mount.folder)
    run('mkntfs', '-F', '-Q', image)
    run('ntfs-3g', image, mount.path)
    mount.wait()


def mount_bindfs(mount):
    need('bindfs')
    source = os.path.join(mount.folder, 'source')
    os.mkdir(source)
    run('bindfs', source, mount.path)
    mount.wait()


def mount_sshfs(mount):
    need('sshfs')
    server = '/usr/lib/openssh/sftp-server'
    if not os.path.exists(server):
        raise Skip('sftp-server is not installed')
    source = os.path.join(mount.folder, 'source')
    os.mkdir(source)
    there, here = os.pipe(), os.pipe()
    mount.children.append(subprocess.Popen([server], stdin=there[0], stdout=here[1]))
    mount.children.append(subprocess.Popen(
        ['sshfs', '-f', '-o', 'passive', f':{source}', mount.path], stdin=here[0],
        stdout=there[1], stderr=subprocess.DEVNULL))
    for end in there + here:
        os.close(end)
    mount.wait()


def download(folder, state, mode, poor):
    os.makedirs(state, exist_ok=True)
    extra = ['poor'] if poor else []
    result = subprocess.run([HELPER, folder, state, mode] + extra, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, timeout=120)
    lines = result.stdout.splitlines()
    found = dict(line.split(' ', 1) for line in lines if not line.startswith('mapped'))
    found['mapped'] = dict(line[7:].split(' -> ') for line in lines if line.startswith('mapped'))
    for line in lines:
        print(f'# {mode}: {line}')
    if result.returncode != 0:
        raise Failure(f'{mode}: exit {result.returncode}: {result.stderr.strip()[-400:]}')
    return found


def expect(what, is_so):
    if not is_so:
        raise Failure(what)


def check(mount, is_windows, is_fat):
    folder = os.path.join(mount.path, 'target')
    state = os.path.join(mount.folder, 'state')

    if not is_fat:
        stopped = download(folder, state, 'stop', is_fat)
    done = download(folder, state, 'finish', is_fat)
    if not is_fat:
        # The FAT driver loses what is appended to a file that was closed.
        expect('what was there is kept', int(done['kept']) >= int(stopped['verified']) > 0)
        expect('nothing is fetched twice', done['refetched'] == '0')
    mapped = ASCII_NAMES if is_fat else WINDOWS_NAMES
    expect('names are mapped', done['mapped'] == (mapped if is_windows else {}))
    expect('windows names are known', done['windows-names'] == str(int(is_windows)))
    names = os.listdir(os.path.join(folder, 'share'))
    expect('no part is left', not [name for name in names if name.endswith('.part')])
    expect('the folder is there', 'hollow' in names)
    before = sorted(os.listdir(folder))
    again = download(folder, os.path.join(mount.folder, 'state2'), 'again', is_fat)
    expect('a second one goes beside the first',
           sorted(os.listdir(folder)) == before + ['share (1)'])
    expect('and says so', again['mapped'].get('share') == 'share (1)')

    huge = download(folder, os.path.join(mount.folder, 'state3'), 'huge', is_fat)
    if is_fat:
        expect('a file over 4 GiB is refused by its size', 'unsupported' in huge['huge'])
    elif 'accepted' not in huge['huge']:
        expect('a file larger than the disk is refused', 'disk-full' in huge['huge'])


KINDS = [
    # name, mount, names of Windows, FAT
    ('vfat', mount_vfat, True, True),
    ('exfat', mount_exfat, True, False),
    ('ntfs', mount_ntfs, True, False),
    ('bindfs', mount_bindfs, False, False),
    ('sshfs', mount_sshfs, False, False),
]


def main():
    failed = False
    print(f'1..{len(KINDS)}')
    for number, (name, mount_it, is_windows, is_fat) in enumerate(KINDS, 1):
        folder = tempfile.mkdtemp(prefix='shoal-fuse-')
        mount = Mount(folder)
        try:
            if not os.access('/dev/fuse', os.R_OK | os.W_OK):
                raise Skip('/dev/fuse cannot be opened')
            mount_it(mount)
            check(mount, is_windows, is_fat)
            print(f'ok {number} {name}')
        except Skip as reason:
            print(f'ok {number} {name} # SKIP {reason}')
        except (Failure, subprocess.TimeoutExpired, KeyError) as error:
            print(f'not ok {number} {name}: {error!r}')
            failed = True
        finally:
            mount.close()
            if not os.path.ismount(mount.path):
                shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.flush()
    return failed


if __name__ == '__main__':
    sys.exit(main())
