#!/usr/bin/python3
# test-libtorrent.py: libtorrent and we agree on every hash, in both directions.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-libtorrent.py DESCRIBE (the helper built from describe.c).

libtorrent opens what we write and checks the data against it; we open the v2
and hybrid torrents that it makes, and both name the same hashes.
"""

import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
import unicodedata

try:
    import libtorrent as lt
except ImportError:
    print('python3-libtorrent is not installed')
    sys.exit(77)

DESCRIBE = sys.argv[1]
# Only checks files: it listens nowhere and asks nobody.
SESSION = lt.session({'listen_interfaces': '', 'enable_dht': False, 'enable_lsd': False,
                      'enable_upnp': False, 'enable_natpmp': False, 'alert_mask': 0,
                      'active_checking': 100, 'active_limit': 100, 'active_seeds': 100})
RECHECKS = []
LEAF = 16384


def content(size, seed):
    """Bytes that depend on the seed."""
    return random.Random(seed).randbytes(size)


TREES = {
    'edges': {'empty': b'', 'one': 1, 'below': LEAF - 1, 'leaf': LEAF, 'above': LEAF + 1},
    'pieces': {'one piece': 65536, 'one and a byte': 65537, 'two': 131072, 'many': 3000001},
    'large': {'many leaves': 64 * 1024 * 1024 + 12345, 'small': 7},
    'nested': {'a': {'b': {'c': {'deep': 100000}}, 'a b': 5, 'a.b': 6, 'a': 20000},
               'a b': {'x': 17000}, 'a-b': {'x': 17001}, 'z': 3},
    'empty folders': {'hollow': {}, 'outer': {'inner': {}}, 'file': 70000, 'zz': {}},
    'größer — 東京': {'Übung': {'naïve café.txt': 40000}, '文字化け.bin': 70000,
                     '🐟🐟.dat': 131073, unicodedata.normalize('NFD', 'é'): 12},
    'same twice': {'a': b'x' * 200000, 'b': b'x' * 200000, 'sub': {'c': b'x' * 200000}},
    'same folder': {'same folder': 5000, 'other': 6000},
}
SINGLES = {'empty.bin': 0, 'byte.bin': 1, 'leaf-1.bin': LEAF - 1, 'leaf.bin': LEAF,
           'leaf+1.bin': LEAF + 1, 'piece.bin': 65536, 'ä ö ü.bin': 1000000}


def make(path, tree, seed=0):
    """Writes a tree to disk."""
    os.mkdir(path)
    for i, (name, value) in enumerate(tree.items()):
        below = os.path.join(path, name)
        if isinstance(value, dict):
            make(below, value, seed * 31 + i + 1)
        else:
            data = value if isinstance(value, bytes) else content(value, seed * 31 + i)
            with open(below, 'wb') as f:
                f.write(data)


def walk(path):
    """{relative path: bytes} and [relative folders] below a folder."""
    files, folders = {}, []
    for top, dirs, names in os.walk(path):
        for name in dirs:
            folders.append(os.path.relpath(os.path.join(top, name), path))
        for name in names:
            full = os.path.join(top, name)
            with open(full, 'rb') as f:
                files[os.path.relpath(full, path)] = f.read()
    return files, folders


def reference(data, piece_length):
    """(root, piece layer) of a file, the obvious way."""
    leaves = [hashlib.sha256(data[i:i + LEAF]).digest() for i in range(0, len(data), LEAF)]
    pieces = -(-len(data) // piece_length)
    layer, row, size = None, leaves, LEAF
    while len(row) & (len(row) - 1):
        row.append(bytes(32))
    while True:
        if size == piece_length:
            layer = b''.join(row[:pieces])
        if len(row) == 1:
            return row[0], layer
        row = [hashlib.sha256(row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
        size *= 2


def describe(*args, fails=False):
    done = subprocess.run([DESCRIBE, *args], capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, (args, done.returncode, done.stdout, done.stderr)
    return done.stderr if fails else done.stdout


def read(torrent):
    """What our parser sees."""
    share = {'files': {}, 'folders': [], 'notes': [], 'trackers': []}
    for line in describe('read', torrent).splitlines():
        kind, rest = line.split(' ', 1)
        if kind == 'share':
            share['id'], share['piece length'], share['shape'], share['name'] = rest.split(' ', 3)
        elif kind == 'file':
            length, root, first, n, layer, path = rest.split(' ', 5)
            share['files'][path] = (int(length), root, int(first), int(n), layer)
        else:
            share[kind + 's'].append(rest)
    return share


def check_files(share, files, prefix=''):
    """Our roots and layers against the reference."""
    piece_length = int(share['piece length'])
    assert sorted(share['files']) == sorted(files), (sorted(share['files']), sorted(files))
    for path, data in files.items():
        length, root, _first, n, layer = share['files'][path]
        assert length == len(data)
        if not data:
            assert (n, layer) == (0, '-')
            continue
        want_root, want_layer = reference(data, piece_length)
        assert root == want_root.hex(), path
        assert n == -(-len(data) // piece_length)
        assert layer == (hashlib.sha256(want_layer).hexdigest() if n > 1 else '-'), path


def recheck(info, folder):
    """Has libtorrent hash the data on disk; see wait_for_rechecks()."""
    params = lt.add_torrent_params()
    params.ti = info
    params.save_path = folder
    RECHECKS.append(SESSION.add_torrent(params))


def wait_for_rechecks():
    """libtorrent finds all of it good."""
    deadline = time.monotonic() + 60
    for handle in RECHECKS:
        while not handle.status().is_seeding:
            status = handle.status()
            assert not status.errc.value(), status.errc.message()
            assert time.monotonic() < deadline, (status.name, status.state, status.progress)
            time.sleep(0.02)
    assert len(RECHECKS) > 10
    print('ok recheck', flush=True)


def check_libtorrent(info, share, name):
    """libtorrent's view of a torrent is ours."""
    storage = info.files()
    assert str(info.info_hashes().v2) == share['id']
    assert info.piece_length() == int(share['piece length'])
    # Of a folder with one file, libtorrent sees the file alone; we keep the folder.
    alone = len(share['files']) == 1 and not share['folders'] and info.name() in share['files']
    assert info.name() == name or alone
    seen = {}
    for i in range(storage.num_files()):
        if storage.file_flags(i) & lt.file_storage.flag_pad_file:
            continue
        path = storage.file_path(i)
        if share['shape'] == 'multi' and not (alone and path == info.name()):
            assert path.startswith(name + '/'), path
            path = path[len(name) + 1:]
        root = storage.root(i)
        seen[path] = (storage.file_size(i), root.to_bytes().hex())
    ours = {path: (v[0], v[1]) for path, v in share['files'].items()}
    assert seen == ours, (seen, ours)


def we_write(folder, name, files, folders):
    torrent = os.path.join(folder, 'ours.torrent')
    path = os.path.join(folder, name)
    describe('write', path, torrent)
    share = read(torrent)
    assert share['name'] == name and not share['notes'], share
    assert sorted(share['folders']) == sorted(folders), share['folders']
    check_files(share, files)
    if not files or not any(files.values()):
        return  # libtorrent takes no torrent without bytes
    info = lt.torrent_info(torrent)
    check_libtorrent(info, share, name)
    with open(torrent, 'rb') as f:
        entry = lt.bdecode(f.read())
        assert lt.bencode(entry[b'info']) and \
            hashlib.sha256(lt.bencode(entry[b'info'])).hexdigest() == share['id']
    recheck(info, folder)


def they_write(folder, name, files, flags):
    path = os.path.join(folder, name)
    storage = lt.file_storage()
    lt.add_files(storage, path)
    for piece_length in (16384, 65536):
        creator = lt.create_torrent(storage, piece_length, flags)
        creator.add_tracker('udp://tracker.invalid:1/announce')
        lt.set_piece_hashes(creator, folder)
        torrent = os.path.join(folder, 'theirs.torrent')
        with open(torrent, 'wb') as f:
            f.write(lt.bencode(creator.generate()))
        info = lt.torrent_info(torrent)
        assert info.info_hashes().has_v2()
        share = read(torrent)
        assert share['trackers'] == ['udp://tracker.invalid:1/announce']
        assert not any('.pad' in path for path in share['files'])
        check_files(share, files)
        check_libtorrent(info, share, name)
        check_magnet(info, share)


def check_magnet(info, share):
    params = lt.add_torrent_params()
    params.ti = info
    magnet = lt.make_magnet_uri(info)
    ours = describe('link', magnet).strip()
    assert share['id'] in ours, (magnet, ours)
    back = describe('link', ours).strip()
    parsed = lt.parse_magnet_uri(back)
    assert str(parsed.info_hashes.v2) == share['id']
    assert parsed.name == info.name()
    assert list(parsed.trackers) == ['udp://tracker.invalid:1/announce']


def test_trees(folder):
    for i, (name, tree) in enumerate(TREES.items()):
        top = os.path.join(folder, str(i))
        os.mkdir(top)
        make(os.path.join(top, name), tree, i)
        files, folders = walk(os.path.join(top, name))
        we_write(top, name, files, folders)
        if name != 'large':
            they_write(top, name, files, lt.create_torrent.v2_only)
            they_write(top, name, files, 0)  # hybrid
        print('ok', name, flush=True)


def test_singles(folder):
    for name, size in SINGLES.items():
        top = os.path.join(folder, name + '.d')
        os.mkdir(top)
        with open(os.path.join(top, name), 'wb') as f:
            f.write(content(size, size))
        files = {name: content(size, size)}
        we_write(top, name, files, [])
        if size:
            they_write(top, name, files, lt.create_torrent.v2_only)
            they_write(top, name, files, 0)
        print('ok', name, flush=True)


def test_refusals(folder):
    """A torrent of version 1, and one with a wrong piece layer."""
    path = os.path.join(folder, 'data')
    with open(path, 'wb') as f:
        f.write(content(200000, 1))
    storage = lt.file_storage()
    lt.add_files(storage, path)
    torrent = os.path.join(folder, 'bad.torrent')

    creator = lt.create_torrent(storage, 65536, lt.create_torrent.v1_only)
    lt.set_piece_hashes(creator, folder)
    with open(torrent, 'wb') as f:
        f.write(lt.bencode(creator.generate()))
    assert describe('read', torrent, fails=True).startswith('unsupported:')

    creator = lt.create_torrent(storage, 65536, lt.create_torrent.v2_only)
    lt.set_piece_hashes(creator, folder)
    entry = creator.generate()
    layers = entry[b'piece layers']
    for root in layers:
        layers[root] = bytes([layers[root][0] ^ 1]) + layers[root][1:]
    with open(torrent, 'wb') as f:
        f.write(lt.bencode(entry))
    assert describe('read', torrent, fails=True).startswith('corrupt:')
    print('ok refusals', flush=True)


def test_vectors(folder):
    """The torrents whose hashes other implementations have been seen to agree on."""
    top = os.path.join(folder, 'T')
    os.makedirs(os.path.join(top, 'd'))
    for path, size, factor, add in (('a.bin', 100000, 31, 7), ('d/b.bin', 5, 17, 3),
                                    ('d/c.bin', 81921, 13, 1)):
        with open(os.path.join(top, path), 'wb') as f:
            f.write(bytes((i * factor + add) & 255 for i in range(size)))
    for flags, want in (
            (lt.create_torrent.v2_only,
             'c13578498cee3f56d1e0a845c32e855903e297654c110f37b2eb1ffaf89ab401'),
            (0, '64f3a279fd27153dcf0087bbb4ce864bbaf45218eeef1e5d6a2efdf036c957ce')):
        storage = lt.file_storage()
        lt.add_files(storage, top)
        creator = lt.create_torrent(storage, 32768, flags)
        lt.set_piece_hashes(creator, folder)
        torrent = os.path.join(folder, 'vector.torrent')
        with open(torrent, 'wb') as f:
            f.write(lt.bencode(creator.generate()))
        share = read(torrent)
        assert share['id'] == want, share
        check_files(share, walk(top)[0])
    print('ok vectors', flush=True)


def test_addresses():
    """libtorrent reads the addresses in our links."""
    link = 'magnet:?xt=urn:btmh:1220' + 'ab' * 32 + '&x.pe=192.0.2.1:47474&x.pe=[2001:db8::1]:47474'
    shoal = describe('link', link).strip()
    parsed = lt.parse_magnet_uri(describe('link', shoal).strip())
    assert sorted(parsed.peers) == [('192.0.2.1', 47474), ('2001:db8::1', 47474)], parsed.peers
    print('ok addresses', flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_trees(folder)
        test_singles(folder)
        test_refusals(folder)
        test_vectors(folder)
        test_addresses()
        wait_for_rechecks()


main()
