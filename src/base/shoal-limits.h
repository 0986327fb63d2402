/* shoal-limits.h: every limit on what another device may make us hold or do.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same limits hold before and after a device is known. Each has its
 * reason; docs/protocol.md repeats those that another implementation must keep.
 */
#pragma once

/* --- Content (BEP 52) ---------------------------------------------------- */

/* Unit of verification, fixed by BEP 52. */
#define SHOAL_LEAF_SIZE 16384u
/* Leaf hashes travel and are stored in aligned groups of this many: BEP 52's
 * largest hash request, 8 MiB of file, 16 KiB of hashes. */
#define SHOAL_LEAVES_PER_GROUP 512u
/* Piece length of shares made here: enough pieces for several sources, few
 * enough for a bitfield that is cheap to send. */
#define SHOAL_MIN_PIECE_LENGTH 65536u
#define SHOAL_MAX_PIECE_LENGTH 16777216u
#define SHOAL_MAX_PIECES_PER_FILE 4096u
/* Foreign torrents may use larger pieces; beyond this they are not sane. */
#define SHOAL_MAX_FOREIGN_PIECE_LENGTH 268435456u
/* Bits in an availability bitfield: 256 KiB of them. */
#define SHOAL_MAX_PIECES (1u << 21)
/* Offsets stay far from overflow in 64-bit arithmetic. */
#define SHOAL_MAX_FILE_LENGTH (G_GUINT64_CONSTANT (1) << 48)
#define SHOAL_MAX_SHARE_LENGTH (G_GUINT64_CONSTANT (1) << 50)
/* An info dictionary or manifest; 250,000 entries of about 130 bytes. */
#define SHOAL_MAX_DESCRIPTION_SIZE (32u * 1024 * 1024)
#define SHOAL_MAX_ENTRIES 250000u
/* Folders inside folders; PATH_MAX allows no more in practice. */
#define SHOAL_MAX_PATH_DEPTH 64u
/* Bencoded nesting: every folder is one level, plus the frame around. */
#define SHOAL_MAX_BENCODE_DEPTH 72u
#define SHOAL_MAX_BENCODE_TOKENS 4000000u
/* A `.torrent` file read from disk: description and piece layers. */
#define SHOAL_MAX_TORRENT_SIZE (256u * 1024 * 1024)
/* Path element in bytes: 255 less room for “.part” and “ (123)”. */
#define SHOAL_MAX_NAME_BYTES 240u
#define SHOAL_MAX_PATH_BYTES 1024u
/* A share link, with trackers and addresses. */
#define SHOAL_MAX_LINK_BYTES 8192u

/* --- Wire ---------------------------------------------------------------- */

/* A control frame is held whole before it is parsed. */
#define SHOAL_MAX_CONTROL_FRAME 65536u
/* 8,192 hashes and a proof. */
#define SHOAL_MAX_HASH_FRAME 294912u
/* Payload of a data frame: four leaves; what cannot be cancelled any more. */
#define SHOAL_MAX_DATA_PAYLOAD 65536u
/* Leaves in one request: 1 MiB. */
#define SHOAL_MAX_REQUEST_LEAVES 64u
/* Requests queued for one device before it is told BUSY, and their bytes. */
#define SHOAL_MAX_QUEUED_REQUESTS 4096u
#define SHOAL_MAX_QUEUED_REQUEST_BYTES (32u * 1024 * 1024)
/* Shares one session may have open in each direction. */
#define SHOAL_MAX_CHANNELS 256u
/* Offers of one device that wait for an answer. */
#define SHOAL_MAX_PENDING_OFFERS 64u
/* Text, or a link, offered like a file. */
#define SHOAL_MAX_TEXT_BYTES 65536u
/* A name a device or share gives itself. */
#define SHOAL_MAX_LABEL_BYTES 240u
/* A picture a device shows of itself: fits one control frame, and is enough for
 * 128 × 128 pixels. */
#define SHOAL_MAX_PICTURE_BYTES 49152u
/* Control frames that wait for a peer that does not read; then the link ends. */
#define SHOAL_MAX_QUEUED_CONTROL (4u * 1024 * 1024)
/* One bulk frame as a link takes it: the largest frame of all and its header. */
#define SHOAL_MAX_BULK_FRAME (SHOAL_MAX_HASH_FRAME + 64u)
/* Devices in one PEERS message and addresses of each. */
#define SHOAL_MAX_PEERS 50u
#define SHOAL_MAX_PEER_ADDRESSES 16u

/* --- Links and sessions -------------------------------------------------- */

/* TCP and UDP; not assigned by IANA and below the ports that systems hand to
 * outgoing connections. Taken: the next nine, then any. */
#define SHOAL_DEFAULT_PORT 27474u
#define SHOAL_DEFAULT_PORTS 10u

/* Seconds from the first byte to a finished handshake and hello. */
#define SHOAL_HANDSHAKE_SECONDS 10
#define SHOAL_MAX_LINKS_PER_DEVICE 4
/* Connections that have not proved a key yet, in all. */
#define SHOAL_MAX_HALF_OPEN 32
#define SHOAL_MAX_CONNECTIONS_PER_ADDRESS 8
/* Strangers hold links too; the oldest idle one goes first. */
#define SHOAL_MAX_SESSIONS 256
/* A link that says nothing for this long is probed, then dead: so a device
 * unplugged is known as such within 20 s. */
#define SHOAL_KEEP_ALIVE_SECONDS 5
#define SHOAL_LINK_SILENT_SECONDS 15
